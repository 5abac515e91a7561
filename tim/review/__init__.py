"""Review of data against rules written in Chinese: layers in, findings, figures and reports out."""

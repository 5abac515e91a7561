"""A document in the format that its file name asks for."""

from __future__ import annotations

from pathlib import Path

from tim.errors import UsageError
from tim.report.document import Document

SUFFIXES = ("docx", "html", "pdf", "xlsx")


def check_report(report: str | None, template: str | None = None) -> None:
    """Raise `UsageError` when a report cannot be written as asked, before any work is done."""
    if report is not None and Path(report).suffix.lower().lstrip(".") not in SUFFIXES:
        raise UsageError(f"报告“{Path(report).name}”的格式不支持；扩展名应是 .docx、.html、.pdf 或 .xlsx")
    if template is None:
        return
    if report is None or Path(report).suffix.lower() != ".docx":
        raise UsageError("Word 模板只用于 .docx 报告；请把报告写成 .docx，或去掉模板")
    if not Path(template).is_file():
        raise UsageError(f"找不到 Word 模板“{template}”；请检查路径")


def write_report(document: Document, path: Path, template: str | None = None) -> None:
    """Write the document to `path`. `template`: a Word file of the bureau, for .docx only.

    Raises `UnusableInput` for a template that is no Word file or has no place for the text.
    """
    suffix = path.suffix.lower()
    if suffix == ".docx":
        from tim.report.docx import write_docx

        write_docx(document, path, Path(template) if template else None)
    elif suffix == ".html":
        from tim.report.html import write_html

        write_html(document, path)
    elif suffix == ".pdf":
        from tim.report.pdf import write_pdf

        write_pdf(document, path)
    elif suffix == ".xlsx":
        from tim.report.xlsx import write_xlsx

        write_xlsx(document, path)
    else:
        raise ValueError(f"no writer for {path.name}")

"""Words for how a process ended."""

from __future__ import annotations

import signal

_SIGNALS = {
    "SIGSEGV": "内存访问错误 SIGSEGV",
    "SIGBUS": "内存访问错误 SIGBUS",
    "SIGABRT": "程序自行中止 SIGABRT",
    "SIGFPE": "算术错误 SIGFPE",
    "SIGILL": "处理器不支持的指令 SIGILL",
    "SIGKILL": "被系统强行结束 SIGKILL，常见原因是内存不足",
    "SIGTERM": "被要求结束 SIGTERM",
    "SIGXCPU": "超过处理器时间限额 SIGXCPU",
    "SIGXFSZ": "超过文件大小限额 SIGXFSZ",
}
_WINDOWS = {
    0xC0000005: "内存访问错误 0xC0000005",
    0xC00000FD: "栈溢出 0xC00000FD",
    0xC0000409: "栈损坏 0xC0000409",
    0xC000001D: "处理器不支持的指令 0xC000001D",
    0xC0000017: "内存不足 0xC0000017",
}


def death_words(status: int) -> str:
    """`status` as `subprocess` gives it: minus the signal on POSIX, the exception code on Windows."""
    if status < 0:
        try:
            name = signal.Signals(-status).name
        except ValueError:
            return f"信号 {-status}"
        return _SIGNALS.get(name, f"信号 {name}")
    return _WINDOWS.get(status, f"退出码 {status}")

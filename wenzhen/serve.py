"""Runs a web application until it is told to stop."""

from __future__ import annotations

import errno
import gc
import logging
import socket
import tempfile
from pathlib import Path

import uvicorn
from fastapi import FastAPI

from bot.errors import FixSettings
from wenzhen.masking import MaskingFormatter

LOG_FORMAT = "%(asctime)s %(levelname)s %(name)s %(message)s"


def log_to_stderr(level: int = logging.INFO) -> None:
    """Log facts, one line each, to standard error."""
    handler = logging.StreamHandler()
    handler.setFormatter(MaskingFormatter(LOG_FORMAT))
    logging.basicConfig(level=level, handlers=[handler])
    # They log every request with its full query string, or nothing that an operator needs.
    for name in ("httpx", "httpcore", "uvicorn.access", "faiss", "alembic"):
        logging.getLogger(name).setLevel(logging.WARNING)


def run_app(app: FastAPI, *, host: str, port: int) -> None:
    """Serve until SIGINT or SIGTERM. FixSettings when the port is taken."""
    check_port(host, port)
    config = uvicorn.Config(
        app,
        host=host,
        port=port,
        log_config=None,
        access_log=False,
        # Open event streams would hold the shutdown otherwise.
        timeout_graceful_shutdown=2,
    )
    # What start-up made stays: without this every full collection walks it and holds up each answer.
    gc.collect()
    gc.freeze()
    uvicorn.Server(config).run()


def make_folder(folder: Path) -> None:
    """Make the folder that data goes into, and say so in plain words when nothing can be written there."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        raise FixSettings(f"cannot write into the folder {folder}: {error.strerror}") from error


def check_port(host: str, port: int) -> None:
    """Say so in plain words when something else listens there."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                raise FixSettings(
                    f"port {port} on {host} is taken; choose another or stop what uses it"
                ) from error
            raise FixSettings(f"cannot listen on {host}:{port}: {error.strerror}") from error

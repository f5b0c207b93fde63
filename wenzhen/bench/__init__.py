"""Measures speed. Every figure comes with the machine's own limit, measured in the same run."""

from wenzhen.bench.callbacks import bench_callbacks
from wenzhen.bench.pipeline import bench_pipeline

__all__ = ["bench_callbacks", "bench_pipeline"]

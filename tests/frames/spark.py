"""Spark for the tests: a cluster of two worker processes on this machine, one for each run."""

from __future__ import annotations

import os
import shutil
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import Any

_HOW = 'pip install "criteria-engine[spark]" and a Java 17 runtime (apt-get install openjdk-17-jre-headless)'

_SETTINGS = {
    "spark.ui.enabled": "false",
    "spark.driver.host": "127.0.0.1",
    "spark.driver.bindAddress": "127.0.0.1",
    "spark.executor.memory": "512m",
    "spark.sql.shuffle.partitions": "2",
    "spark.default.parallelism": "2",
    # A time zone with clock changes: instants must not depend on it.
    "spark.sql.session.timeZone": "America/New_York",
    "spark.sql.execution.arrow.pyspark.enabled": "true",
}


def missing() -> str | None:
    """How to get Spark; None when it is there."""
    return None if find_spec("pyspark") and shutil.which("java") else _HOW


@contextmanager
def spark_session() -> Iterator[Any]:
    """A session on a cluster with two workers, each a process of its own."""
    import pyspark

    os.environ.setdefault("SPARK_HOME", str(Path(pyspark.__file__).parent))
    os.environ.update(
        SPARK_LOCAL_IP="127.0.0.1",
        SPARK_LOCAL_HOSTNAME="localhost",
        JDK_JAVA_OPTIONS="-XX:TieredStopAtLevel=1 -XX:+UseSerialGC",
        PYSPARK_PYTHON=sys.executable,
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Spark warns of the pandas that is installed
        from pyspark.sql import SparkSession

        builder = SparkSession.builder.master("local-cluster[2,1,1024]").appName("criteria")
        for name, value in _SETTINGS.items():
            builder = builder.config(name, value)
        session = builder.getOrCreate()
    session.sparkContext.setLogLevel("ERROR")
    try:
        yield session
    finally:
        session.stop()

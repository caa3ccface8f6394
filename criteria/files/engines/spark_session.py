"""A Spark session of this process: the caller's own settings, such as a master in `SPARK_REMOTE` or in
`spark-defaults.conf`, win over the local one."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from pyspark.errors import PySparkException
from pyspark.sql import DataFrame, SparkSession

from criteria.files.partitions import PartitionType

_SETTINGS = {
    "spark.ui.enabled": "false",
    "spark.ui.showConsoleProgress": "false",
    "spark.log.level": "ERROR",
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.parquet.outputTimestampType": "TIMESTAMP_MICROS",
}


_PARTITIONS: Mapping[PartitionType, str] = {
    PartitionType.INTEGER: "bigint",
    PartitionType.DAY: "date",
    PartitionType.TEXT: "string",
}

_INFERENCE = "spark.sql.sources.partitionColumnTypeInference.enabled"


def read_folder(
    spark: SparkSession, folder: str, paths: tuple[str, ...], types: Mapping[str, PartitionType]
) -> DataFrame:
    """The Parquet files of a folder whose folders are named after values of columns of these types."""
    before = spark.conf.get(_INFERENCE, None) or "true"
    spark.conf.set(_INFERENCE, "false")
    try:
        frame = spark.read.option("basePath", folder).parquet(*paths)
    finally:
        spark.conf.set(_INFERENCE, before)
    quoted = {name: "`" + name.replace("`", "``") + "`" for name in types}
    return frame.withColumns({name: frame[quoted[name]].cast(_PARTITIONS[kind]) for name, kind in types.items()})


@contextmanager
def session() -> Iterator[SparkSession]:
    """The session that is active, or one that lives as long as the block."""
    active = SparkSession.getActiveSession()
    if active is not None:
        yield active
        return
    os.environ.setdefault("SPARK_LOCAL_IP", "127.0.0.1")
    os.environ.setdefault("SPARK_LOCAL_HOSTNAME", "localhost")
    os.environ.setdefault("JDK_JAVA_OPTIONS", "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC")
    builder: Any = SparkSession.builder.appName("criteria")
    for name, value in _SETTINGS.items():
        builder = builder.config(name, value)
    spark: SparkSession = builder.getOrCreate()
    try:
        yield spark
    finally:
        spark.stop()


def progress_of(spark: SparkSession) -> float:
    """The part of the tasks of the stages that run which is done; 0 while none does, and on a server, which does not
    say."""
    try:
        tracker = spark.sparkContext.statusTracker()
        stages = [tracker.getStageInfo(stage) for stage in tracker.getActiveStageIds()]
    except spark_errors():
        return 0.0
    known = [one for one in stages if one is not None]
    return sum(one.numCompletedTasks for one in known) / max(sum(one.numTasks for one in known), 1)


def spark_errors() -> tuple[type[Exception], ...]:
    """What Spark raises."""
    from py4j.protocol import Py4JJavaError

    return (PySparkException, Py4JJavaError)

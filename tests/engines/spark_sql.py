"""SQL on the Spark session that the tests of frames start."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from tempfile import TemporaryDirectory
from typing import Any, ClassVar

from criteria import Schema
from criteria.backends.sql import Sql
from tests.engines.further import COLUMNS_ONLY, FurtherEngine
from tests.engines.running import Servers
from tests.engines.table import Record
from tests.frames.spark import missing, spark_session
from tests.frames.tables import arrow_table
from tests.servers import ServerKind

SPARK = ServerKind("spark", spark_session, missing)


class SparkSql(FurtherEngine):
    """Views of Arrow tables; tables of Parquet files for what is to have statistics."""

    name = "spark-sql"
    dialect = "spark"
    unsupported: ClassVar = COLUMNS_ONLY

    def __init__(self, session: Any, folder: str) -> None:
        super().__init__()
        self.session, self.folder = session, folder

    def version(self) -> str:
        return str(self.session.version)

    def store(self, table: str, schema: Schema, records: Sequence[Record]) -> None:
        self.session.createDataFrame(arrow_table(schema, records)).createOrReplaceTempView(table)

    def store_indexed(self, table: str, schema: Schema, records: Sequence[Record]) -> None:
        """Spark has no indexes: Parquet files have the least and the greatest value of each group of rows, and Spark
        hands conditions down to their scan."""
        path = f"{self.folder}/{table}"
        frame = self.session.createDataFrame(arrow_table(schema, records))
        frame.write.mode("overwrite").option("parquet.block.size", 4096).parquet(path)
        self.session.read.parquet(path).createOrReplaceTempView(table)

    def ask(self, statement: Sql, column: str | None = None) -> list[Any]:
        """Collects no other column: Python cannot hold the first and the last instants in the zone of the session."""
        frame = self.session.sql(statement.text, args=statement.params)
        return [row[0] for row in (frame.select(f"`{column}`") if column else frame).collect()]


@contextmanager
def spark_sql(servers: Servers) -> Iterator[SparkSql]:
    """Spark SQL in the session of the run."""
    with TemporaryDirectory() as folder:
        yield SparkSql(servers.get(SPARK), folder)

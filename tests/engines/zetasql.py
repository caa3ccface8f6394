"""GoogleSQL's reference evaluator: the package `zetasql` runs it in this process, as WebAssembly."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from wasmtime import Config
from zetasql.core import wasm_client
from zetasql.types import ProductMode, TypeKind
from zetasql.wasi import get_wasm_path
from zetasql.wasi._pb2.zetasql.local_service.local_service_pb2 import (
    EvaluateQueryRequest,
    EvaluateQueryResponse,
    LanguageOptionsRequest,
    RegisterCatalogRequest,
    RegisterResponse,
)
from zetasql.wasi._pb2.zetasql.proto.options_pb2 import LanguageOptionsProto

_KINDS: Mapping[type, Any] = {
    str: TypeKind.TYPE_STRING,
    int: TypeKind.TYPE_INT64,
    bool: TypeKind.TYPE_BOOL,
    float: TypeKind.TYPE_DOUBLE,
}
_MEMBERS: Mapping[type, str] = {str: "string_value", int: "int64_value", bool: "bool_value", float: "double_value"}


class _Cached(Config):  # type: ignore[misc]
    """Keeps the compiled module in wasmtime's folder of the user: to compile it takes half a minute."""

    def __init__(self) -> None:
        super().__init__()
        self.cache = True


class Evaluator:
    """Evaluates statements with named parameters."""

    def __init__(self) -> None:
        wasm_client.Config = _Cached
        self.client = wasm_client.WasmClient(wasm_path=get_wasm_path())
        self.language = self._call(
            "GetLanguageOptions", LanguageOptionsRequest(maximum_features=True), LanguageOptionsProto
        )
        self.language.product_mode = ProductMode.PRODUCT_EXTERNAL
        catalog = RegisterCatalogRequest()
        catalog.simple_catalog.name = "catalog"
        catalog.simple_catalog.builtin_function_options.language_options.CopyFrom(self.language)
        self.catalog = self._call("RegisterCatalog", catalog, RegisterResponse).registered_id

    def rows(self, text: str, parameters: Mapping[str, Any]) -> list[dict[str, Any]]:
        """The rows of a statement, each by the names of its columns."""
        request = EvaluateQueryRequest(sql=text, registered_catalog_id=self.catalog)
        request.options.language_options.CopyFrom(self.language)
        for name, value in parameters.items():
            declared = request.options.query_parameters.add(name=name)
            declared.type.type_kind = _KINDS[type(value)]
            given = request.params.add(name=name)
            setattr(given.value, _MEMBERS[type(value)], value)
        answer = self._call("EvaluateQuery", request, EvaluateQueryResponse)
        names = [column.name for column in answer.prepared.columns]
        return [
            {name: _value(cell) for name, cell in zip(names, row.cell, strict=True)}
            for row in answer.content.table_data.row
        ]

    def _call(self, method: str, request: Any, answer: Any) -> Any:
        return self.client.call_grpc_func(f"ZetaSqlLocalService_{method}", request, answer)


def _value(cell: Any) -> Any:
    """The value of a cell, None for null. Only those of simple types are read."""
    kind = cell.WhichOneof("value")
    return None if kind is None else getattr(cell, kind)

"""Write the tuned encoder as an ONNX graph and shrink its numbers to 8 bits.

The graph is written out by hand: it is small, needs no exporter, and its shapes are free. Inputs
`ids` and `mask` are int64 (batch, tokens); output `words` is float32 (batch, tokens, width).
"""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper
from onnxruntime.quantization import QuantType, quantize_dynamic

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from transformers import BertModel

OPSET = 20
MASKED = -1e4


class Graph:
    """Collects nodes and constants; every method returns the name of its result."""

    def __init__(self) -> None:
        self.nodes: list[onnx.NodeProto] = []
        self.constants: list[onnx.TensorProto] = []

    def constant(self, name: str, value: NDArray[Any]) -> str:
        self.constants.append(numpy_helper.from_array(np.ascontiguousarray(value), name))
        return name

    def add(self, kind: str, inputs: Sequence[str], name: str, **attributes: Any) -> str:
        self.nodes.append(helper.make_node(kind, list(inputs), [name], name=name, **attributes))
        return name

    def linear(self, data: str, name: str, weight: NDArray[Any], bias: NDArray[Any]) -> str:
        product = self.add("MatMul", [data, self.constant(f"{name}.w", weight.T)], f"{name}.product")
        return self.add("Add", [product, self.constant(f"{name}.b", bias)], name)

    def norm(self, data: str, name: str, weights: dict[str, NDArray[Any]], epsilon: float) -> str:
        scale = self.constant(f"{name}.w", weights[f"{name}.weight"])
        shift = self.constant(f"{name}.b", weights[f"{name}.bias"])
        return self.add("LayerNormalization", [data, scale, shift], f"{name}.out", axis=-1, epsilon=epsilon)


def embed(graph: Graph, weights: dict[str, NDArray[Any]], epsilon: float) -> str:
    """Look tokens up in an 8-bit table with one scale a row, and add their places."""
    table = weights["embeddings.word_embeddings.weight"]
    scale = np.maximum(np.abs(table).max(1, keepdims=True), 1e-8) / 127
    codes = graph.constant("table", np.rint(table / scale).astype(np.int8))
    rows = graph.add("Gather", [codes, "ids"], "rows")
    floats = graph.add("Cast", [rows], "rows.float", to=TensorProto.FLOAT)
    scales = graph.add("Gather", [graph.constant("scales", scale.astype(np.float32)), "ids"], "rows.scale")
    tokens = graph.add("Mul", [floats, scales], "tokens")
    places = weights["embeddings.position_embeddings.weight"]
    places = places + weights["embeddings.token_type_embeddings.weight"][0]
    length = graph.add("Shape", ["ids"], "length", start=1, end=2)
    zero = graph.constant("zero", np.array([0], np.int64))
    here = graph.add("Slice", [graph.constant("places", places), zero, length, zero], "here")
    return graph.norm(graph.add("Add", [tokens, here], "embedded"), "embeddings.LayerNorm", weights, epsilon)


def mask_bias(graph: Graph) -> str:
    wide = graph.add("Unsqueeze", ["mask", graph.constant("axes", np.array([1, 2], np.int64))], "mask.wide")
    floats = graph.add("Cast", [wide], "mask.float", to=TensorProto.FLOAT)
    absent = graph.add("Sub", [graph.constant("one", np.array([1.0], np.float32)), floats], "mask.absent")
    return graph.add("Mul", [absent, graph.constant("masked", np.array([MASKED], np.float32))], "mask.bias")


def attend(graph: Graph, data: str, layer: str, weights: dict[str, NDArray[Any]], heads: int) -> str:
    """Self-attention with the three projections in one product."""
    parts = [f"{layer}.attention.self.{part}" for part in ("query", "key", "value")]
    joined = np.concatenate([weights[f"{part}.weight"] for part in parts])
    bias = np.concatenate([weights[f"{part}.bias"] for part in parts])
    size = joined.shape[1] // heads
    joined[: joined.shape[1]] /= np.sqrt(size)
    bias[: joined.shape[1]] /= np.sqrt(size)
    qkv = graph.linear(data, f"{layer}.qkv", joined, bias)
    shape = graph.constant(f"{layer}.s", np.array([0, 0, heads, size]))
    names = [f"{layer}.{part}" for part in "qkv"]
    graph.nodes.append(helper.make_node("Split", [qkv], names, name=f"{layer}.split", axis=-1, num_outputs=3))
    for at, order in enumerate(((0, 2, 1, 3), (0, 2, 3, 1), (0, 2, 1, 3))):
        one = graph.add("Reshape", [names[at], shape], f"{names[at]}.heads")
        names[at] = graph.add("Transpose", [one], f"{names[at]}.turned", perm=order)
    scores = graph.add("MatMul", names[:2], f"{layer}.scores")
    shares = graph.add(
        "Softmax", [graph.add("Add", [scores, "mask.bias"], f"{layer}.seen")], f"{layer}.shares", axis=-1
    )
    mixed = graph.add("MatMul", [shares, names[2]], f"{layer}.mixed")
    rows = graph.add("Transpose", [mixed], f"{layer}.rows", perm=[0, 2, 1, 3])
    return graph.add(
        "Reshape", [rows, graph.constant(f"{layer}.j", np.array([0, 0, heads * size]))], f"{layer}.joined"
    )


def block(graph: Graph, data: str, layer: str, weights: dict[str, NDArray[Any]], config: Any) -> str:
    def dense(source: str, part: str) -> str:
        name = f"{layer}.{part}"
        return graph.linear(source, name, weights[f"{name}.weight"], weights[f"{name}.bias"])

    attended = dense(
        attend(graph, data, layer, weights, config.num_attention_heads), "attention.output.dense"
    )
    middle = graph.add("Add", [attended, data], f"{layer}.middle")
    middle = graph.norm(middle, f"{layer}.attention.output.LayerNorm", weights, config.layer_norm_eps)
    wide = graph.add("Gelu", [dense(middle, "intermediate.dense")], f"{layer}.gelu")
    total = graph.add("Add", [dense(wide, "output.dense"), middle], f"{layer}.total")
    return graph.norm(total, f"{layer}.output.LayerNorm", weights, config.layer_norm_eps)


def encoder_graph(bert: BertModel) -> onnx.ModelProto:
    weights = {name: value.detach().numpy().copy() for name, value in bert.state_dict().items()}
    graph = Graph()
    mask_bias(graph)
    data = embed(graph, weights, bert.config.layer_norm_eps)
    for number in range(bert.config.num_hidden_layers):
        data = block(graph, data, f"encoder.layer.{number}", weights, bert.config)
    graph.add("Identity", [data], "words")
    ends = [helper.make_tensor_value_info(n, TensorProto.INT64, ["batch", "tokens"]) for n in ("ids", "mask")]
    out = helper.make_tensor_value_info(
        "words", TensorProto.FLOAT, ["batch", "tokens", bert.config.hidden_size]
    )
    made = helper.make_graph(graph.nodes, "encoder", ends, [out], graph.constants)
    return helper.make_model(made, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=9)


def export(bert: BertModel, target: Path) -> None:
    """Write `target` with 8-bit weights; 7 bits are used so that no processor overflows in sums."""
    model = encoder_graph(bert)
    onnx.checker.check_model(model)
    with tempfile.TemporaryDirectory() as folder:
        full = Path(folder) / "full.onnx"
        onnx.save(model, full)
        quantize_dynamic(
            full, target, op_types_to_quantize=["MatMul"], weight_type=QuantType.QInt8,
            per_channel=True, reduce_range=True, extra_options={"MatMulConstBOnly": True},
        )  # fmt: skip

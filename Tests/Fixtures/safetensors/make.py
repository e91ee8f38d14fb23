"""Writes the fixtures of SafetensorsTests with the official library.

    pip install torch numpy safetensors && python make.py

floats.safetensors written by safetensors.torch.save_file; SafetensorsTests writes the same bytes
types.safetensors  one array of each type that is read
cases.txt          small files, good and hostile: name, the official library's verdict, bytes in hex
"""

import json
import pathlib
import struct

import safetensors
import torch
from safetensors.torch import save_file

here = pathlib.Path(__file__).parent


def ramp(*shape):
    count = torch.Size(shape).numel()
    return (torch.arange(count, dtype=torch.float32) / 8 - 1).reshape(shape)


save_file(
    {
        "fc1.weight": ramp(4, 6),
        "conv1.weight": ramp(2, 1, 3, 3),
        "conv1.bias": ramp(2),
        "scale": ramp(),
        "é": ramp(1),
        "\U0001f600": ramp(1),
        "\ufb01": ramp(1),
        "empty": ramp(0, 3),
        'quote"\\\n\x01': ramp(3),
    },
    here / "floats.safetensors",
    metadata={"format": "pt"},
)
values = [0, 1, -2, 100]
types = {
    "F64": torch.float64, "F32": torch.float32, "F16": torch.float16, "BF16": torch.bfloat16,
    "I64": torch.int64, "I32": torch.int32, "I16": torch.int16, "I8": torch.int8,
}
arrays = {name: torch.tensor(values, dtype=type) for name, type in types.items()}
arrays["U8"] = torch.tensor([0, 1, 2, 255], dtype=torch.uint8)
arrays["F64 fractions"] = torch.tensor([0.1, 1e-50, -0.0, float("nan")], dtype=torch.float64)
arrays["F16 edges"] = torch.tensor([65504, 6e-8, float("-inf"), 0.1], dtype=torch.float16)
save_file(arrays, here / "types.safetensors")


def file(header, data=b"", length=None):
    if not isinstance(header, bytes):
        header = json.dumps(header, separators=(",", ":")).encode()
    return struct.pack("<Q", len(header) if length is None else length) + header + data


def f32(shape, begin, end, **more):
    return {"dtype": "F32", "shape": shape, "data_offsets": [begin, end], **more}


def nested(depth):
    return b'{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4],"x":' + b"[" * depth + b"]" * depth + b"}}"


four = bytes(4)
good = json.dumps({"a": f32([1], 0, 4)}).encode()
cases = {
    "one number": file({"a": f32([1], 0, 4)}, four),
    "a scalar": file({"a": f32([], 0, 4)}, four),
    "an empty array": file({"a": f32([0, 3], 0, 0)}),
    "an empty array between others": file(
        {"a": f32([1], 0, 4), "b": f32([0], 4, 4), "c": f32([1], 4, 8)}, 2 * four),
    "no arrays": file({}),
    "metadata only": file({"__metadata__": {"epoch": "3"}}),
    "empty metadata": file({"__metadata__": {}, "a": f32([1], 0, 4)}, four),
    "header padded with spaces": file(good + b"     ", four),
    "space before the header": file(b" " + good, four),
    "header not padded": file(good, four),
    "keys out of order": file({"b": f32([1], 4, 8), "a": f32([1], 0, 4)}, 2 * four),
    "fields out of order": file(b'{"a":{"data_offsets":[0,4],"shape":[1],"dtype":"F32"}}', four),
    "an unknown field": file({"a": f32([1], 0, 4, note={"x": [1.5, None, True, "s"]})}, four),
    "an unknown field nested 20 deep": file(nested(20), four),
    "escapes in a name": file(b'{"\\u0061\\n\\ud83d\\ude00\\/":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}', four),
    "a key twice": file(b'{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}', four),
    "an unknown field twice": file(b'{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4],"x":1,"x":2}}', four),
    "an empty file": b"",
    "seven bytes": bytes(7),
    "header length 0": file(b"", four, 0),
    "header length beyond the file": file(good, four, 1000),
    "header length 2^63": file(good, four, 1 << 63),
    "header length 2^64 - 1": file(good, four, (1 << 64) - 1),
    "header length of 100 MB and one": file(good, four, 100_000_001),
    "a hole at the start": file({"a": f32([1], 4, 8)}, 2 * four),
    "a hole between arrays": file({"a": f32([1], 0, 4), "b": f32([1], 8, 12)}, 3 * four),
    "an overlap": file({"a": f32([2], 0, 8), "b": f32([1], 4, 8)}, 2 * four),
    "the same bytes twice": file({"a": f32([1], 0, 4), "b": f32([1], 0, 4)}, four),
    "trailing bytes": file({"a": f32([1], 0, 4)}, four + b"x"),
    "missing bytes": file({"a": f32([2], 0, 8)}, four),
    "data without arrays": file({}, four),
    "shape larger than the data": file({"a": f32([2], 0, 4)}, four),
    "shape smaller than the data": file({"a": f32([1], 0, 8)}, 2 * four),
    "2^40 x 2^40": file({"a": f32([1 << 40, 1 << 40], 0, 4)}, four),
    "2^40 x 2^40 x 0": file({"a": f32([1 << 40, 1 << 40, 0], 0, 0)}),
    "2^62 numbers": file({"a": f32([1 << 62], 0, 4)}, four),
    "end at 2^63": file({"a": f32([1], 0, 1 << 63)}, four),
    "end at 2^64": file({"a": f32([1], 0, 1 << 64)}, four),
    "a negative offset": file({"a": f32([1], -4, 0)}, four),
    "a negative size": file({"a": f32([-1], 0, 4)}, four),
    "end before begin": file({"a": f32([1], 4, 0)}, four),
    "one offset": file(b'{"a":{"dtype":"F32","shape":[1],"data_offsets":[0]}}', four),
    "three offsets": file(b'{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4,4]}}', four),
    "a fraction in the shape": file({"a": f32([1.0], 0, 4)}, four),
    "an exponent in the shape": file(b'{"a":{"dtype":"F32","shape":[1e0],"data_offsets":[0,4]}}', four),
    "a leading zero": file(b'{"a":{"dtype":"F32","shape":[01],"data_offsets":[0,4]}}', four),
    "minus zero": file(b'{"a":{"dtype":"F32","shape":[1],"data_offsets":[-0,4]}}', four),
    "a plus sign": file(b'{"a":{"dtype":"F32","shape":[+1],"data_offsets":[0,4]}}', four),
    "text in the shape": file({"a": f32(["1"], 0, 4)}, four),
    "null in the shape": file({"a": f32([None], 0, 4)}, four),
    "a shape that is no array": file({"a": f32(1, 0, 4)}, four),
    "no dtype": file(b'{"a":{"shape":[1],"data_offsets":[0,4]}}', four),
    "no shape": file(b'{"a":{"dtype":"F32","data_offsets":[0,4]}}', four),
    "no offsets": file(b'{"a":{"dtype":"F32","shape":[1]}}', four),
    "an unknown dtype": file(b'{"a":{"dtype":"F31","shape":[1],"data_offsets":[0,4]}}', four),
    "a dtype in small letters": file(b'{"a":{"dtype":"f32","shape":[1],"data_offsets":[0,4]}}', four),
    "a number as dtype": file(b'{"a":{"dtype":32,"shape":[1],"data_offsets":[0,4]}}', four),
    "a number in the metadata": file({"__metadata__": {"epoch": 3}}),
    "metadata nested": file({"__metadata__": {"a": {"b": "c"}}}),
    "metadata that is a string": file({"__metadata__": "x"}),
    "a header that is an array": file([]),
    "a header that is a string": file(b'"a"'),
    "an array that is null": file(b'{"a":null}'),
    "a comma too many": file(b'{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},}', four),
    "a comma too few": file(b'{"a":{"dtype":"F32" "shape":[1],"data_offsets":[0,4]}}', four),
    "a missing brace": file(b'{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}', four),
    "a brace too many": file(good + b"}", four),
    "a zero byte after the header": file(good + b"\0", four),
    "a key without quotes": file(b'{a:{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}', four),
    "single quotes": file(good.replace(b'"', b"'"), four),
    "a comment": file(b"{/**/}"),
    "a byte order mark": file(b"\xef\xbb\xbf{}"),
    "damaged UTF-8 in a name": file(b'{"\xff":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}', four),
    "damaged UTF-8 in the metadata": file(b'{"__metadata__":{"a":"\xc3"}}'),
    "a surrogate as UTF-8": file(b'{"__metadata__":{"a":"\xed\xa0\x80"}}'),
    "half a surrogate pair": file(b'{"__metadata__":{"a":"\\ud83d"}}'),
    "the halves swapped": file(b'{"__metadata__":{"a":"\\ude00\\ud83d"}}'),
    "an unknown escape": file(b'{"__metadata__":{"a":"\\x41"}}'),
    "a hexadecimal digit missing": file(b'{"__metadata__":{"a":"\\u004"}}'),
    "a line end in a string": file(b'{"__metadata__":{"a":"\n"}}'),
    "a string without end": file(b'{"__metadata__":{"a":"x'),
    "NaN as a value": file({"a": f32([1], 0, 4, x=float("nan"))}, four),
    "nested 1000 deep": file(nested(1000), four),
}


def verdict(contents):
    try:
        safetensors.deserialize(contents)
        return "accept"
    except (safetensors.SafetensorError, ValueError):
        return "refuse"


with open(here / "cases.txt", "w") as cases_file:
    for name, contents in cases.items():
        print(name, verdict(contents), contents.hex(), sep="\t", file=cases_file)

"""A trained generator handed on: as a folder that artgen paints from, as bare weights, as an ONNX model."""

"""The training's generator and its measures; learning itself needs torch, which no test installs."""

# Writes OUT, a script that exports the size of the file WASM in bytes.
file(SIZE "${WASM}" bytes)
file(WRITE "${OUT}" "export const wasmBytes = ${bytes};\n")

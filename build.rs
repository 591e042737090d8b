//! Generates the client and the tool table: everything is in `codegen`.

fn main() {
    codegen::build::script();
}

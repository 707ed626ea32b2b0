//! Compiles the protocol files; protox parses them, so no `protoc` is needed.

use std::error::Error;

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo:rerun-if-changed=proto");
    // Only the provider service gets UNIMPLEMENTED answers for methods it leaves out: the option turns
    // streams into boxed ones, which the side services do not want.
    for (file, default_stubs) in [("tfplugin5.proto", true), ("goplugin.proto", false)] {
        let descriptors = protox::compile([file], ["proto"])?;
        tonic_prost_build::configure()
            .build_transport(false)
            .generate_default_stubs(default_stubs)
            .compile_fds(descriptors)?;
    }
    Ok(())
}

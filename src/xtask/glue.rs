//! Shortens the glue that the generator writes for the customer's module: comments, room for people, and help for browsers that could not
//! run the module anyway.

/// What is taken out, and what stands there instead. Each must stand exactly once: a generator that writes something else is an error,
/// not a silent change.
const NEEDLESS: [(&str, &str); 6] = [
    // Every browser with reference types has what these stand in for.
    (
        "(typeof FinalizationRegistry === 'undefined')\n? { register: () => {}, unregister: () => {} }\n: new Final",
        "new Final",
    ),
    (
        "if (!('encodeInto' in cachedTextEncoder)) {\ncachedTextEncoder.encodeInto = function (arg, view) {\nconst buf = cachedTextEncoder.encode(arg);\nview.set(buf);\nreturn {\nread: arg.length,\nwritten: buf.length\n};\n};\n}\n",
        "",
    ),
    // A decoder that tires after two gigabytes: no page reads so much text.
    (
        "numBytesDecoded += bytes.length;\nif (numBytesDecoded >= MAX_SAFARI_DECODE_BYTES) {\ncachedTextDecoder = new TextDecoder('utf-8', { ignoreBOM: true });\ncachedTextDecoder.decode();\nnumBytesDecoded = bytes.length;\n}\n",
        "",
    ),
    // It is always called in one way.
    (
        "if (module !== undefined) {\nif (Object.getPrototypeOf(module) === Object.prototype) {\n({module} = module)\n} else {\nconsole.warn('using deprecated parameters for `initSync()`; pass a single object instead')\n}\n}\n",
        "({module} = module)\n",
    ),
    ("if (!(module instanceof WebAssembly.Module)) {\nmodule = new WebAssembly.Module(module);\n}\n", ""),
    // Saves a copy of long texts; forms have short ones.
    (
        "let len = arg.length;\nlet ptr = malloc(len, 1) >>> 0;\nconst mem = getUint8ArrayMemory0();\nlet offset = 0;\nfor (; offset < len; offset++) {\nconst code = arg.charCodeAt(offset);\nif (code > 0x7F) break;\nmem[ptr + offset] = code;\n}\nif (offset !== len) {\nif (offset !== 0) {\narg = arg.slice(offset);\n}\nptr = realloc(ptr, len, len = offset + arg.length * 3, 1) >>> 0;\nconst view = getUint8ArrayMemory0().subarray(ptr + offset, ptr + len);\nconst ret = cachedTextEncoder.encodeInto(arg, view);\noffset += ret.written;\nptr = realloc(ptr, len, offset, 1) >>> 0;\n}\nWASM_VECTOR_LEN = offset;\nreturn ptr;\n",
        "return passArray8ToWasm0(cachedTextEncoder.encode(arg), malloc);\n",
    ),
];

/// The condensed glue without what nobody needs.
pub(crate) fn shorten(glue: &str) -> Result<String, String> {
    let mut glue = glue.to_owned();
    for (from, to) in NEEDLESS {
        let count = glue.matches(from).count();
        if count != 1 {
            let start = from.lines().next().unwrap_or_default();
            return Err(format!("the generator's glue has {count} times: {start} … (look at src/xtask/glue.rs)"));
        }
        glue = glue.replace(from, to);
    }
    unguarded(&glue)
}

/// Without what frees the arguments before one that could not be copied: where memory is out the module has ended. And without `using`.
fn unguarded(glue: &str) -> Result<String, String> {
    let mut lines = glue.lines().filter(|line| !line.starts_with("if (Symbol.dispose)")).peekable();
    let (mut kept, mut open) = (Vec::new(), 0);
    while let Some(line) = lines.next() {
        let next = lines.peek().copied().unwrap_or_default();
        if line == "try {" && next.starts_with("ptr0 = pass") {
            open += 1;
        } else if line == "} catch (e) {" && next.starts_with("if (ptr") {
            open -= 1;
            while lines.next().is_some_and(|line| line != "throw e;") {}
            lines.next();
        } else {
            kept.push(line);
        }
    }
    match open {
        0 => Ok(kept.join("\n") + "\n"),
        _ => Err(String::from("the generator's glue guards arguments in another way (look at src/xtask/glue.rs)")),
    }
}

/// Takes comments and indentation out of generated glue: whole lines only, so that no string can be harmed.
pub(crate) fn condense(glue: &str) -> String {
    let mut lines = Vec::new();
    let mut comment = false;
    for line in glue.lines().map(str::trim) {
        comment |= line.starts_with("/*");
        if !comment && !line.is_empty() && !line.starts_with("//") {
            lines.push(line);
        }
        comment &= !line.ends_with("*/");
    }
    lines.join("\n") + "\n"
}

//! What the macro is given, and what it becomes.
use crate::fault::Fault;
use crate::file::File;
use proc_macro::{Literal, TokenStream, TokenTree};
use specification::SECTION;

/// The path that is written as the macro's only argument.
pub(crate) fn path(input: TokenStream) -> Result<String, Fault> {
    let tokens: Vec<_> = input.into_iter().collect();
    let text = match tokens.as_slice() {
        [TokenTree::Literal(literal)] => literal.to_string(),
        _ => String::new(),
    };
    let path = text
        .strip_prefix('"')
        .and_then(|text| text.strip_suffix('"'))
        .filter(|text| !text.contains('\\'));
    path.map(str::to_owned).ok_or_else(|| {
        let words = "embed_specification takes the path of a file, as a string without escapes";
        Fault(words.to_owned())
    })
}

/// The section, and the file once more: what it includes the compiler looks at for changes.
///
/// `used` keeps the section in the program where nothing refers to it, and makes the linker keep it too. Code that a
/// macro of another crate writes is not what `forbid(unsafe_code)` is about: a section of that name is read by nobody but
/// clone-shim.
pub(crate) fn section(file: &File) -> Result<TokenStream, Fault> {
    let content = file.embedded.to_section();
    let path = file.path.to_str();
    let path = path.ok_or_else(|| Fault("the file's path is not UTF-8".to_owned()))?;
    let (bytes, path) = (Literal::byte_string(&content), Literal::string(path));
    let length = content.len();
    let items = format!(
        r#"const _: () = {{
            #[used]
            #[unsafe(link_section = "{SECTION}")]
            static SPECIFICATION: [u8; {length}] = *{bytes};
            const _: &[u8] = ::core::include_bytes!({path});
        }};"#
    );
    items
        .parse()
        .map_err(|error| Fault(format!("the section cannot be written: {error}")))
}

/// Fails the build.
pub(crate) fn error(words: &str) -> TokenStream {
    let error = format!("::core::compile_error!({});", Literal::string(words));
    error.parse().unwrap_or_default()
}

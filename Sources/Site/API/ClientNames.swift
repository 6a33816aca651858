import Model

/// The names by which clients of the first system ask for a layer, where they are not the layer's own: `Pillow`,
/// `PyYAML`. They look it up letter by letter.
package enum ClientNames {
    /// The other names of a layer, sorted: as published names of its releases spell it, and as the first system's lists
    /// did.
    ///
    /// - Parameter published: the names under which its releases were published.
    package static func of(_ layer: LayerName, published: some Sequence<String>) -> [LayerName] {
        var names = Set(spellings[layer.text]?.compactMap { LayerName($0) } ?? [])
        for name in Set(published) {
            for start in name.indices where start == name.startIndex || "-_".contains(name[name.index(before: start)]) {
                let rest = name[start...]
                guard let own = PackageName(String(rest)), own.text == layer.text, let spelled = LayerName(String(rest))
                else { continue }
                names.insert(spelled)
            }
        }
        names.remove(layer)
        return names.sorted()
    }

    /// Spellings in the first system's lists of packages and its files that are not the normalised ones.
    private static let spellings: [String: [String]] = [
        "cerberus": ["Cerberus"], "curl-cffi": ["curl_cffi"], "pickledb": ["pickleDB"], "pillow": ["Pillow"],
        "pyjwt": ["PyJWT"], "pymupdf": ["PyMUPDF", "PyMuPDF"], "pymysql": ["PyMySQL"], "pynacl": ["PyNaCl"],
        "pyopenssl": ["pyOpenSSL"], "python-levenshtein-wheels": ["python-Levenshtein-wheels"], "pyyaml": ["PyYAML"],
        "rapidfuzz": ["RapidFuzz"], "spacy-model-en-small": ["spacy_model_en_small"],
        "spacy-model-es-small": ["spacy_model_es_small"], "sqlalchemy": ["SQLAlchemy"],
    ]
}

import Model

/// The layers that a published name may be made of: a name's template puts a layer's own name between other words.
enum NameCandidates {
    /// More than these nobody's template needs, and each may cost a request.
    private static let most = 48

    /// - Parameter name: a published name, with `*` for what is not known.
    /// - Returns: the likeliest first: what follows the Python version, then all of it, then every run of its words.
    static func layers(in name: String) -> [LayerName] {
        var found: [LayerName] = []
        var seen: Set<LayerName> = []
        for text in runs(of: name) where found.count < most {
            // A registry calls an imported package by its normalised name: PyYAML is pyyaml.
            for layer in [LayerName(text), PackageName(text).flatMap { LayerName($0.text) }].compactMap(\.self)
            where seen.insert(layer).inserted {
                found.append(layer)
            }
        }
        return found
    }

    private static func runs(of name: String) -> [String] {
        let segments = name.split(separator: "*").map(words)
        var runs: [String] = []
        for words in segments {
            guard let python = words.lastIndex(where: { NameWords.python($0) != nil }) else { continue }
            var rest = words[(python + 1)...].drop { NameWords.architecture($0) != nil }
            while !rest.isEmpty {
                runs.append(text(rest, in: name))
                // A version or a build's number may stand at the end.
                guard rest.last?.utf8.allSatisfy(\.isASCIIDigit) == true else { break }
                rest = rest.dropLast()
            }
        }
        if segments.count == 1 { runs.append(NameWords.layer(of: name)) }
        for words in segments where !words.isEmpty { runs.append(text(words[...], in: name)) }
        for words in segments {
            // Longer names have more runs than anybody would ask for.
            for length in (1...max(1, min(words.count, 12))).reversed() where length < words.count {
                for start in 0...(words.count - length) { runs.append(text(words[start..<(start + length)], in: name)) }
            }
        }
        return runs
    }

    private static func words(_ segment: Substring) -> [Substring] {
        segment.split { $0 == "-" || $0 == "_" }
    }

    /// The words with what stands between them.
    private static func text(_ words: ArraySlice<Substring>, in name: String) -> String {
        guard let first = words.first, let last = words.last else { return "" }
        return String(name[first.startIndex..<last.endIndex])
    }
}

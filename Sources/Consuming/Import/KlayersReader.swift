import Files
import Model

/// Reads the first system's files, chunk by chunk, into one result: both shapes of its CSV files and of its JSON files,
/// the lists of its API, and exports of its DynamoDB table as JSON lines.
///
///     var reader = KlayersReader()
///     reader.begin("arns/eu-west-1.csv")
///     reader.read(chunk)
///     reader.end()
///     reader.result.releases
public struct KlayersReader: Sendable {
    public private(set) var result = ImportResult()

    private var file = ""
    private var content = Content.unknown([])
    private var memory: KlayersRow.Memory = [:]

    private enum Content: Sendable {
        /// So few bytes that the form cannot be told.
        case unknown([UInt8])
        case csv(CSVReader, KlayersCSV?)
        case json(JSONElements)
        case refused
    }

    public init() {}

    /// Begins a file; the name is for messages.
    public mutating func begin(_ file: String) {
        self.file = file
        content = .unknown([])
    }

    /// Takes the file's next bytes.
    public mutating func read(_ bytes: some Collection<UInt8>) {
        switch content {
        case .refused: break
        case .unknown(let before):
            let all = before + bytes
            guard all.count >= 2, let first = all.first(where: { ![0x20, 0x09, 0x0a, 0x0d].contains($0) }) else {
                content = .unknown(all)
                return
            }
            if all.starts(with: [0x1f, 0x8b]) {
                refuse(1, "it is compressed; unpack it with gunzip first")
                content = .refused
                return
            }
            content = first == UInt8(ascii: "[") || first == UInt8(ascii: "{") ? .json(.init()) : .csv(.init(), nil)
            read(all)
        case .csv(var reader, var shape):
            content = .refused
            var isKnown = true
            reader.read(bytes) { isKnown = isKnown && take($0, &shape) }
            if isKnown { content = .csv(reader, shape) }
        case .json(var elements):
            content = .refused
            elements.read(bytes) { take($0) }
            content = .json(elements)
        }
    }

    /// Ends the file.
    public mutating func end() {
        switch content {
        case .csv(var reader, var shape):
            var isKnown = true
            reader.finish { isKnown = isKnown && take($0, &shape) }
        case .json(var elements): elements.finish { take($0) }
        case .unknown: refuse(1, "the file is empty")
        case .refused: break
        }
        content = .unknown([])
    }

    /// - Returns: false if the file is none of Klayers'.
    private mutating func take(_ record: CSVRecord, _ shape: inout KlayersCSV?) -> Bool {
        switch record {
        case .malformed(let reason, let line, _):
            refuse(line, reason)
            return shape != nil
        case .fields(let fields, let line):
            guard let known = shape else {
                shape = KlayersCSV(header: fields)
                if shape == nil {
                    refuse(line, "no file of ARNs begins with '\(shown(fields.joined(separator: ",")))'")
                }
                return shape != nil
            }
            add(line) { () throws(KlayersRow.Refusal) in try known.row(fields) }
            return true
        }
    }

    private mutating func take(_ element: JSONElement) {
        switch element {
        case .malformed(let reason, let line): refuse(line, reason)
        case .value(let bytes, let line):
            add(line) { () throws(KlayersRow.Refusal) in
                switch try KlayersJSON.entry(bytes) {
                case .release(let row): row
                case .nothingNew: nil
                }
            }
        }
    }

    private mutating func add(_ line: Int, _ row: () throws(KlayersRow.Refusal) -> KlayersRow?) {
        let source = ImportSource(file: file, line: line)
        var remarks: [String] = []
        do throws(KlayersRow.Refusal) {
            guard let row = try row() else {
                result.passedOver += 1
                return
            }
            result.add(try row.release(source, &memory) { remarks.append($0) })
        } catch {
            refuse(line, error.reason)
        }
        result.remarks += remarks.map { ImportRemark(source, $0) }
    }

    private mutating func refuse(_ line: Int, _ reason: String) {
        result.refusals.append(ImportRemark(ImportSource(file: file, line: line), reason))
    }
}

import FoundationEssentials
import Model
import Testing

/// What a check of the blob store's contract works on.
public struct BlobStoreSubject: Sendable {
    /// A store without objects.
    public let store: any BlobStore
    /// The same objects as another process would reach them.
    public let other: any BlobStore
    /// A folder for the files that the check uploads and downloads.
    public let folder: String

    public init(store: any BlobStore, other: any BlobStore, folder: String) {
        self.store = store
        self.other = other
        self.folder = folder
    }

    /// Writes a file, and says of it what is true.
    package func file(_ bytes: [UInt8], _ name: String = "upload") throws -> BlobFile {
        let path = "\(folder)/\(name)"
        try Data(bytes).write(to: URL(filePath: path))
        return BlobFile(path: path, size: ByteCount(bytes.count), sha256: .of(bytes))
    }

    package func names() throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: folder).sorted()
    }
}

/// The contract of `BlobStore`, for every implementation.
public enum BlobStoreContract {
    static func key(_ text: String) throws -> BlobKey { try Samples.required(BlobKey(text)) }

    public static let cases: [ContractCase<BlobStoreSubject>] = objectCases + fileCases

    static let objectCases: [ContractCase<BlobStoreSubject>] = [
        ContractCase("an object is read byte by byte as it was written, also by others, also an empty one") { subject in
            let samples: [[UInt8]] = [
                [], [0, 255, 10, 13, 0], Array("é \u{1f511}".utf8), Array(repeating: 7, count: 3_000_001),
            ]
            for (index, bytes) in samples.enumerated() {
                let key = try key("runs/01J/plans/\(index).json")
                #expect(try await subject.store.put(bytes, as: key, unlessExists: false))
                #expect(try await subject.other.get(key) == bytes)
                #expect(try await subject.other.head(key) == Blob(key: key, size: ByteCount(bytes.count)))
            }
        },
        ContractCase("what is not there is nil, and removing it is no error") { subject in
            let key = try key("a/b.c")
            #expect(try await subject.store.get(key) == nil)
            #expect(try await subject.store.head(key) == nil)
            try await subject.store.delete(key)
            #expect(try await subject.store.list("", after: nil, limit: 10).isEmpty)
        },
        ContractCase("an object is replaced by the next one, unless it is to be left as it is") { subject in
            let key = try key("config/x.json")
            #expect(try await subject.store.put([1], as: key, unlessExists: true))
            #expect(try await !subject.other.put([2], as: key, unlessExists: true))
            #expect(try await subject.store.get(key) == [1])
            #expect(try await subject.other.put([3], as: key, unlessExists: false))
            #expect(try await subject.store.get(key) == [3])
            try await subject.other.delete(key)
            #expect(try await subject.store.get(key) == nil)
            #expect(try await subject.store.put([4], as: key, unlessExists: true))
            #expect(try await subject.store.get(key) == [4])
        },
        ContractCase("of many that write an object unless it exists, one does") { subject in
            let key = try key("locks/one")
            let winners = try await withThrowingTaskGroup(of: UInt8?.self) { group in
                for number in UInt8(1)...12 {
                    let store = number.isMultiple(of: 2) ? subject.store : subject.other
                    group.addTask { try await store.put([number], as: key, unlessExists: true) ? number : nil }
                }
                return try await group.reduce(into: [UInt8]()) { if let number = $1 { $0.append(number) } }
            }
            #expect(winners.count == 1)
            #expect(try await subject.store.get(key) == winners)
        },
        ContractCase("objects are listed by key, under a prefix, page by page") { subject in
            let keys = try ["a", "a-b", "a.json", "a/1", "a/10", "a/2", "a/b/c", "a_", "b/1", "A/1"].map { try key($0) }
            for key in keys.shuffled() {
                try await subject.store.put(Array(key.description.utf8), as: key, unlessExists: false)
            }
            for prefix in ["", "a", "a/", "a/1", "a/b/", "b", "c", "a/b/c"] {
                let wanted = keys.filter { $0.description.hasPrefix(prefix) }.sorted()
                    .map { Blob(key: $0, size: ByteCount($0.description.utf8.count)) }
                for limit in [1, 3, 100] {
                    var seen: [Blob] = []
                    while true {
                        let page = try await subject.other.list(prefix, after: seen.last?.key, limit: limit)
                        seen += page
                        #expect(page.count <= limit)
                        if page.count < limit { break }
                    }
                    #expect(seen == wanted)
                }
            }
        },
        ContractCase("an object may lie beside others whose keys begin with its own") { subject in
            let (short, long) = (try key("x/y"), try key("x/y/z"))
            try await subject.store.put([1], as: short, unlessExists: true)
            try await subject.store.put([2], as: long, unlessExists: true)
            try await subject.store.delete(short)
            #expect(try await subject.other.get(short) == nil)
            #expect(try await subject.other.get(long) == [2])
        },
    ]

    static let fileCases: [ContractCase<BlobStoreSubject>] = [
        ContractCase("a file is uploaded and downloaded byte by byte, also a large and an empty one") { subject in
            for size in [0, 1, 100_000, 40 << 20] {
                var chance = SeededGenerator(seed: UInt64(size))
                let block = (0..<min(size, 99_991)).map { _ in UInt8.random(in: .min ... .max, using: &chance) }
                var bytes: [UInt8] = []
                while bytes.count < size { bytes += block.prefix(size - bytes.count) }
                let file = try subject.file(bytes)
                let key = try key("builds/\(file.sha256.hex).zip")
                #expect(try await subject.store.upload(file, as: key, unlessExists: true))
                #expect(try await subject.other.head(key)?.size == file.size)
                let path = "\(subject.folder)/download"
                let found = try await subject.other.download(key, to: path)
                #expect(found == BlobFile(path: path, size: file.size, sha256: file.sha256))
                #expect(FileManager.default.contents(atPath: path).map(Array.init) == bytes)
                #expect(try await !subject.store.upload(file, as: key, unlessExists: true))
            }
            #expect(try subject.names() == ["download", "upload"])
        },
        ContractCase("a file that does not hold what is promised is not uploaded") { subject in
            let file = try subject.file(Array("some bytes".utf8))
            let key = try key("builds/x.zip")
            let lies = [
                BlobFile(path: file.path, size: file.size, sha256: .of("others")),
                BlobFile(path: file.path, size: ByteCount(9), sha256: file.sha256),
                BlobFile(path: file.path, size: ByteCount(11), sha256: file.sha256),
            ]
            for lie in lies {
                await expect(.inconsistent) { try await subject.store.upload(lie, as: key, unlessExists: false) }
            }
            #expect(try await subject.store.head(key) == nil)
        },
        ContractCase("a download replaces the file whole; a missing object leaves it, and nothing beside it") {
            subject in
            let path = try subject.file([1, 2, 3], "target").path
            await expect(.notFound) { _ = try await subject.store.download(try key("nothing"), to: path) }
            #expect(FileManager.default.contents(atPath: path).map(Array.init) == [1, 2, 3])
            try await subject.store.put([9], as: try key("something"), unlessExists: false)
            _ = try await subject.store.download(try key("something"), to: path)
            #expect(FileManager.default.contents(atPath: path).map(Array.init) == [9])
            #expect(try subject.names() == ["target"])
        },
    ]
}

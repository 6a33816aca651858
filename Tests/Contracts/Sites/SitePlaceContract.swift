import Model
import Testing

/// What a check of the contract of a site's place works on.
public struct SitePlaceSubject: Sendable {
    /// A place without files.
    public let place: any SitePlace
    /// The same as another process would reach it.
    public let other: any SitePlace

    public init(place: any SitePlace, other: any SitePlace) {
        self.place = place
        self.other = other
    }

    func read(_ path: String) async throws -> [UInt8]? { try await other.withFiles { try $0(path) } }
}

/// The contract of `SitePlace`, for every implementation.
public enum SitePlaceContract {
    public static let cases: [ContractCase<SitePlaceSubject>] = [
        ContractCase("a file is read as it was written, whatever it is, also an empty one") { subject in
            let samples: [[UInt8]] = [
                [], Array("<p>é \u{1f511}</p>".utf8), Array(repeating: 7, count: 300_001),
                (0..<70_000).map { _ in UInt8.random(in: 0...255) },
            ]
            let paths = [
                "index.html", "assets/strata.js", "api/v1/latest/x/python3.12.json", "layers/a+b.html", ".nojekyll",
            ]
            for path in paths {
                for bytes in samples {
                    try await subject.place.write(bytes, to: path)
                    #expect(try await subject.read(path) == bytes, "\(path)")
                }
            }
        },
        ContractCase("what is not there is nil, and removing it is no error") { subject in
            #expect(try await subject.read("layers/none.html") == nil)
            try await subject.place.delete("layers/none.html")
            try await subject.place.write([1], to: "layers/some.html")
            try await subject.place.delete("layers/some.html")
            #expect(try await subject.read("layers/some.html") == nil)
        },
        ContractCase("many are read in one piece of work, and many are written at once") { subject in
            try await withThrowingTaskGroup(of: Void.self) { group in
                for number in 0..<40 {
                    group.addTask {
                        try await subject.place.write([UInt8(number)], to: "data/\(number % 7)/\(number).js")
                    }
                }
                try await group.waitForAll()
            }
            let found = try await subject.other.withFiles { read in
                try (0..<40).map { try read("data/\($0 % 7)/\($0).js") }
            }
            #expect(found == (0..<40).map { [UInt8($0)] })
        },
        ContractCase("what the work throws comes out, and what others keep can be refreshed") { subject in
            await #expect(throws: StrataError.self) {
                try await subject.place.withFiles { _ in throw StrataError(.inconsistent, "no") }
            }
            try await subject.place.refresh(["index.html"], as: "one")
            try await subject.place.refresh(nil, as: "two")
            try await subject.place.refresh([], as: "three")
        },
    ]
}

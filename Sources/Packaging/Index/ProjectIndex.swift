import Model
import Tasks

/// The project pages of one run: each is asked for once, whoever needs it.
actor ProjectIndex {
    /// What is known of a package after asking.
    enum Answer: Sendable {
        /// The digest of all that the indexes say, and where to read it.
        case found(ContentDigest, PageSource)
        /// No index has the package. The digest is of the indexes that were asked.
        case missing(ContentDigest)
        case failed(StrataError)

        /// nil if it could not be found out.
        var digest: ContentDigest? {
            switch self {
            case .found(let digest, _), .missing(let digest): digest
            case .failed: nil
            }
        }
    }

    /// A package's files, which are read only when something has to be explained.
    struct PageSource: Sendable {
        /// From flat folders and pages.
        let flat: [IndexFile]
        /// From the index that has the package.
        let record: PageRecord?
    }

    private let asking: PageRequest
    private let parallelism: Int
    private var answers: [PackageName: Answer] = [:]
    private var pages: [PackageName: ProjectPage?] = [:]
    private var flat: Result<[IndexFile], StrataError>?

    init(_ asking: PageRequest, parallelism: Int) {
        self.asking = asking
        self.parallelism = parallelism
    }

    /// Asks for those pages that were not asked for yet.
    /// - Parameter progress: called with how many are done, of how many.
    func ask(
        _ packages: Set<PackageName>, progress: @escaping @Sendable (Int, Int) -> Void = { _, _ in }
    ) async {
        let wanted = packages.filter { answers[$0] == nil }.sorted()
        guard !wanted.isEmpty else { return }
        let flat = if let known = self.flat { known } else { await asking.flatFiles() }
        self.flat = flat
        let counter = Counter()
        let found = await wanted.boundedMap(limit: parallelism) { [asking] package in
            let answer = await asking.answer(for: package, flat: flat)
            progress(counter.next(), wanted.count)
            return answer
        }
        for (package, answer) in zip(wanted, found) { answers[package] = answer }
    }

    /// What asking came to, for those that were asked for.
    func answers(for packages: Set<PackageName>) -> [PackageName: Answer] {
        // By what is asked for, and not by what is known: each item asks, and all packages of all items are known.
        packages.reduce(into: [:]) { found, package in found[package] = answers[package] }
    }

    /// What the pages say; the inner nil for a package that no index has. Those that could not be asked for are absent.
    func pages(for packages: Set<PackageName>) -> [PackageName: ProjectPage?] {
        for package in packages where pages[package] == nil {
            switch answers[package] {
            case .found(_, let source):
                let page = source.record.map { asking.store.page(of: $0) } ?? ProjectPage(files: [])
                if let page { pages[package] = ProjectPage(files: source.flat + page.files) }
            case .missing: pages[package] = .some(nil)
            case .failed, nil: break
            }
        }
        return packages.reduce(into: [:]) { found, package in
            if let page = pages[package] { found.updateValue(page, forKey: package) }
        }
    }
}

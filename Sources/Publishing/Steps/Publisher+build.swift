import Model
import Planning

extension Publisher {
    /// What to build for an action of a plan.
    ///
    /// - Parameters:
    ///   - outcome: what the item resolved to; not needed for a build whose bytes are only made again.
    ///   - state: what the ledger holds of the item.
    /// - Returns: nil if neither the ledger nor the outcome says what the build holds.
    public func order(for action: BuildAction, _ outcome: ResolveOutcome?, _ state: ItemState?) -> BuildOrder? {
        let recorded = state?.build(action.buildNumber)
        if let artifact = recorded?.artifact, let recorded {
            return BuildOrder(
                item: action.item, buildNumber: action.buildNumber, version: action.version, lock: artifact.lock,
                options: artifact.options, requirements: recorded.requirements, isNew: false)
        }
        guard case .locked(let resolved) = outcome, let layer = desired.layer(action.item.layer) else { return nil }
        return BuildOrder(
            item: action.item, buildNumber: action.buildNumber, version: action.version, lock: resolved.lock,
            options: layer.options, requirements: layer.requires.map(\.description), isNew: true)
    }

    /// The same build key gives the same bytes: a build that is made again must be the one that was recorded.
    ///
    /// - Throws: `inconsistent` if it is not.
    public func check(_ built: BuiltLayer, of order: BuildOrder, against state: ItemState) throws(StrataError) {
        guard let artifact = state.build(order.buildNumber)?.artifact, artifact.sha256 != built.sha256 else { return }
        throw StrataError(
            .inconsistent,
            "build \(order.buildNumber) was \(artifact.sha256.hex.prefix(12)) and is now \(built.sha256.hex.prefix(12)): the "
                + "same wheels must give the same bytes",
            hint: artifact.recipe == Recipe.current
                ? "please report this" : "it was made by recipe \(artifact.recipe); use the Strata of that time for it",
            place: order.item.place)
    }

    /// Records a build that was made, unless it is recorded already.
    ///
    /// - Returns: the build; nil if its bytes are those of an earlier one, which then stands for these contents too.
    public func record(
        _ built: BuiltLayer, of order: BuildOrder, in state: ItemState, _ lease: Lease
    ) async throws -> Build? {
        if !order.isNew, let recorded = state.build(order.buildNumber) { return recorded }
        if let twin = state.builds.last(where: { $0.artifact?.sha256 == built.sha256 }) {
            let contents = ContentsKey(order.lock, order.options)
            try await ledger.record([.same(order.item, contents, buildNumber: twin.buildNumber)], lease: lease)
            return nil
        }
        let build = order.build(built, created: runEnvironment.now())
        try await ledger.record([.built(build)], lease: lease)
        return build
    }

    /// Writes down that a build is about to be published. Nothing is published without it.
    ///
    /// - Parameter publication: goes into the description of every layer version, so that it can be found again.
    /// - Returns: an intent for each action, in their order. An intent that is open already is left as it is.
    public func begin(
        _ actions: [PublishAction], of artifact: Build.Artifact, as publication: Intent.Publication, _ lease: Lease
    ) async throws -> [Intent] {
        let intents = actions.map { action in
            Intent(
                id: Intent.ID(publication, action.region.code),
                work: .publish(
                    item: action.item, buildNumber: action.buildNumber, sha256: artifact.sha256, region: action.region,
                    name: action.name),
                begun: runEnvironment.now())
        }
        for unit in LedgerUnit.units(of: intents) { try await ledger.begin(unit, lease: lease) }
        return intents
    }
}

extension BuildOrder {
    fileprivate func build(_ built: BuiltLayer, created: Timestamp) -> Build {
        Build(
            buildNumber: buildNumber, item: item, version: version,
            artifact: .init(
                sha256: built.sha256, zipped: built.zipped, unzipped: built.unzipped, lock: lock, options: options),
            requirements: requirements, packages: built.packages, created: created)
    }
}

extension LayerPackage {
    /// A recorded build's zip as Lambda gets it.
    ///
    /// - Parameters:
    ///   - path: where the zip is.
    ///   - publication: the act of publishing that it is for.
    public init(_ build: Build, _ artifact: Build.Artifact, at path: String, in publication: Intent.Publication) {
        let license = build.mainPackage.flatMap { name in build.packages.first { $0.name == name }?.license }
        let description = LayerDescription(
            item: build.item, version: build.version, buildNumber: build.buildNumber, sha256: artifact.sha256,
            publication: publication)
        self.init(
            path: path, sha256: artifact.sha256, size: artifact.zipped, unzipped: artifact.unzipped,
            description: description.text, license: license.map { String($0.prefix(LayerLimits.licenseLength)) },
            target: build.item.target)
    }
}

extension Build {
    /// The package that names the layer's version.
    fileprivate var mainPackage: PackageName? {
        requirements.lazy.compactMap { try? Requirement(parsing: $0).package }
            .first { artifact?.lock.wheel(of: $0) != nil }
    }
}

import Model
import Publishing

extension FleetLog {
    /// A line for what happens during a run.
    public func take(_ event: RunEvent) {
        switch event {
        case .began(let stage, let count): debug("\(stage.rawValue): \(count) to do")
        case .ended(let stage): debug("\(stage.rawValue) ended")
        case .resolved(let item): log(.debug, "resolved", item: item)
        case .planned(let new, let publications, let deprecations):
            info("planned \(new) builds, \(publications) publications, \(deprecations) deprecations")
        case .built(let item, let version, let buildNumber, let zipped):
            log(.info, "built \(version), build \(buildNumber), \(zipped)", item: item)
        case .buildFailed(let item, let error): log(.warning, "not built: \(error.message)", item: item)
        case .published(let item, let region, let version, let number):
            log(.info, "published \(version) as version \(number)", item: item, region: region)
        case .pending(let item, let region, let error):
            log(.warning, "pending: \(error.message)", item: item, region: region)
        case .circuitOpened(let region, let reason): log(.warning, "cut off: \(reason)", region: region)
        case .adopted(let item, let region, let number):
            log(.info, "adopted version \(number)", item: item, region: region)
        case .committed(let branch, let commit, let files, let bytes):
            info("pushed \(commit) to \(branch): \(files) files, \(bytes)")
        case .warning(let text): warning(text)
        }
    }
}

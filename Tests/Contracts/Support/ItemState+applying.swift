import Model

extension ItemState {
    /// The state after an event: the model that every ledger is checked against.
    ///
    /// - Throws: `inconsistent` for an event of another item, or another build under a build number that is taken.
    public mutating func apply(_ event: Event) throws(StrataError) {
        guard event.item == item else {
            throw StrataError(.inconsistent, "an event of \(event.item) cannot change \(item)", place: item.place)
        }
        switch event {
        case .built(let build):
            if let known = self.build(build.buildNumber) {
                guard known == build else {
                    throw StrataError(
                        .inconsistent, "build \(build.buildNumber) exists already, with other contents",
                        place: item.place)
                }
                return
            }
            builds.append(build)
            builds.sort { $0.buildNumber < $1.buildNumber }
        case .same(_, let contents, let buildNumber):
            guard self.build(buildNumber) != nil else {
                throw StrataError(.inconsistent, "there is no build \(buildNumber)", place: item.place)
            }
            aliases[contents] = buildNumber
        case .released(let release):
            guard self.build(release.buildNumber) != nil else {
                throw StrataError(
                    .inconsistent, "\(release.id) is a release of build \(release.buildNumber), which does not exist",
                    place: item.place)
            }
            releases.removeAll { $0.id == release.id }
            releases.append(release)
            releases.sort { $0.id < $1.id }
        case .noted(_, let region, let note):
            notes[region] = note
        case .resolved(_, let resolution):
            self.resolution = resolution
        case .held(_, let hold):
            if let hold, self.build(hold.buildNumber) == nil {
                throw StrataError(.inconsistent, "there is no build \(hold.buildNumber) to hold", place: item.place)
            }
            self.hold = hold
        }
    }
}

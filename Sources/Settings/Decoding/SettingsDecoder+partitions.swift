import Model

/// `publish.partitions`, joined with `regions`.
extension SettingsDecoder {
    /// Every partition with its regions: its own, or those that the document's `regions` gives it.
    ///
    /// - Parameters:
    ///   - shared: what `regions` says; nil if there is none or it is wrong.
    ///   - isShared: whether `regions` was written at all.
    func partitions(
        _ value: Value?, shared: WrittenRegions?, isShared: Bool, provider: PublishSettings.Provider, publish: Value,
        root: Value
    ) -> [PartitionSettings] {
        var result: [PartitionSettings] = []
        let fields = value.flatMap { Fields<Partition>($0, "'publish.partitions'") }
        var claimed: Set<Partition> = []
        for partition in Partition.allCases {
            guard let entry = fields?[partition],
                let keys = Fields<Vocabulary.Partition>(entry, "'partitions.\(partition.rawValue)'")
            else { continue }
            claimed.insert(partition)
            var account = keys[.account].flatMap(self.account)
            if provider == .aws, keys[.account] == nil {
                entry.problem(
                    "'partitions.\(partition.rawValue)' needs 'account'",
                    hint: "publishing stops if the credentials are of another one")
                account = nil
            }
            let own = keys[.regions].map { self.regions($0, "'regions'", own: partition) }
            if let written = keys[.regions], shared?.selections[partition] != nil {
                written.problem(
                    "the regions of '\(partition.rawValue)' are set twice", hint: "here and in the document's 'regions'"
                )
            }
            let selection = own.map { $0?.selections[partition] } ?? shared?.selections[partition]
            if let selection {
                result.append(
                    PartitionSettings(
                        partition: partition, account: account,
                        profile: keys[.profile]?.asText("'profile'"), regions: selection))
            } else if own == nil, shared != nil || !isShared {
                entry.problem(
                    "'partitions.\(partition.rawValue)' has no regions", hint: "add 'regions: all', or a list")
            }
        }
        addShared(shared, claimed: claimed, provider: provider, isRead: value == nil || fields != nil, to: &result)
        if value == nil, !isShared { root.problem("the configuration needs 'regions'") }
        if provider == .aws, value == nil, isShared {
            publish.problem(
                "'publish' needs 'partitions'", hint: "as 'partitions: { aws: { account: \"111122223333\" } }'")
        }
        let order = Partition.allCases
        return result.sorted { (order.firstIndex(of: $0.partition) ?? 0) < (order.firstIndex(of: $1.partition) ?? 0) }
    }

    /// The partitions that only `regions` names. The local provider needs no accounts.
    private func addShared(
        _ shared: WrittenRegions?, claimed: Set<Partition>, provider: PublishSettings.Provider, isRead: Bool,
        to result: inout [PartitionSettings]
    ) {
        for (partition, selection) in shared?.selections ?? [:] where !claimed.contains(partition) {
            if provider == .aws, !claimed.isEmpty, isRead {
                shared?.place.problem(
                    "'regions' has regions of '\(partition.rawValue)', which has no account",
                    hint: "add it to 'publish.partitions'")
            }
            result.append(PartitionSettings(partition: partition, regions: selection))
        }
    }
}

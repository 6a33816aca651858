import Model

extension [ItemPlan] {
    /// The same, but what is used with a layer that stays behind what it resolves to stays as it is: it was resolved with
    /// versions that nobody has yet.
    func keepingBases(of desired: Desired) -> [ItemPlan] {
        var behind: [Item: Action] = [:]
        for plan in self { if let action = plan.actions.first(where: \.keepsBehind) { behind[plan.item] = action } }
        // Layers on layers on layers: in each round those that the last one has held back.
        var plans = self
        var isSettled = behind.isEmpty
        while !isSettled {
            isSettled = true
            for (index, plan) in plans.enumerated() where behind[plan.item] == nil {
                let bases = desired.layer(plan.item.layer)?.options.with ?? []
                guard plan.build?.isNew == true,
                    let base = bases.first(where: { behind[Item($0, plan.item.target)] != nil }),
                    let cause = behind[Item(base, plan.item.target)]
                else { continue }
                let action = cause.held(plan.item, by: base)
                plans[index] = ItemPlan(
                    item: plan.item, outcome: plan.outcome, actions: [action], resolution: plan.resolution)
                behind[plan.item] = action
                isSettled = false
            }
        }
        return plans
    }
}

extension Action {
    /// Whether the item does not become what it resolves to.
    fileprivate var keepsBehind: Bool {
        switch self {
        case .wait(let wait): wait.reason == .dependenciesOnly
        case .refuse: true
        default: false
        }
    }

    /// The same for an item that is used with the one that it is about.
    fileprivate func held(_ item: Item, by base: LayerName) -> Action {
        if case .wait(let wait) = self {
            return .wait(WaitAction(item: item, until: wait.until, reason: wait.reason, subject: "with '\(base)'"))
        }
        return .refuse(
            RefuseAction(item: item, reason: "it is used with '\(base)', which cannot be updated", isTemporary: true))
    }
}

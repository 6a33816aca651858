import ArgumentParser
import Planning

/// What somebody at the keyboard says is meant.
struct AllowanceOptions: ParsableArguments {
    @Flag(help: "Carry the plan out even if it is over the limits of the configuration.") var allowOverLimits = false
    @Flag(help: "Deprecate the releases of layers, targets and regions that are no longer in the configuration.")
    var allowVanished = false
    @Flag(help: "Publish again what is another account's by now; what lies there stays listed until then.")
    var allowAccountChange = false
    @Flag(help: "Take permissions away that were given.") var allowRevocations = false
    @Flag(help: "Publish another package under a layer's name than it was published for.") var allowOtherPackage = false
    @Flag(help: "Publish a lower version than the latest.") var allowLower = false

    var allowances: Allowances {
        Allowances(
            overLimits: allowOverLimits, vanished: allowVanished, accountChange: allowAccountChange,
            revocations: allowRevocations, otherPackages: allowOtherPackage, lowerVersions: allowLower)
    }
}

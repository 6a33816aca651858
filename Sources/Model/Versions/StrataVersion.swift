/// Strata's own version, as `strata version` tells it and commits carry it.
public let strataVersion = "0.1.0"

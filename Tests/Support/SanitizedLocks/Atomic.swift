/// Stands in for `Synchronization.Atomic`, which cannot be taken along when its module is replaced: as much of it as the
/// tests' targets use, under a lock. It orders more than the original: a race that only a relaxed access allows is not found.
public struct Atomic<Value: Equatable & Sendable>: ~Copyable, Sendable {
    private let value: Mutex<Value>

    public init(_ initialValue: Value) { value = Mutex(initialValue) }

    public func load(ordering _: LoadOrdering) -> Value { value.withLock { $0 } }
    public func store(_ desired: Value, ordering _: StoreOrdering) { value.withLock { $0 = desired } }

    public enum LoadOrdering { case relaxed, acquiring }
    public enum StoreOrdering { case relaxed, releasing }
    public enum UpdateOrdering { case relaxed }
}

extension Atomic where Value == Int {
    @discardableResult
    public func add(_ operand: Int, ordering _: UpdateOrdering) -> (oldValue: Int, newValue: Int) {
        value.withLock { value in
            let old = value
            value += operand
            return (old, value)
        }
    }
}

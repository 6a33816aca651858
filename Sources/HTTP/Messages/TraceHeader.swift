/// X-Ray's trace of the work that the current task does.
///
/// It is a task's own and no variable of the process, which Lambda's other runtimes use for it: changing one while
/// other threads read theirs is not safe. https://docs.aws.amazon.com/xray/latest/devguide/xray-concepts.html#xray-concepts-tracingheader
public enum TraceHeader {
    public static let name = "X-Amzn-Trace-Id"
    /// As `Root=1-5bef4de7-ad49b0e87f6ef6c87fc2e700;Parent=9a9197af755a6419;Sampled=1`; nil if nothing is traced.
    @TaskLocal public static var current: String?
}

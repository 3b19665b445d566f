import MillraceValues

/// Reads bytes as JSON: whole, and as records one behind the other. What can be read is written and read once more, and
/// has to mean the same.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzJSON(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    let bytes = Array(UnsafeBufferPointer(start: start, count: count))
    do throws(JSONError) {
        let value = try JSONReader.read(bytes.span)
        let written = JSONWriter.bytes(value)
        let again = try JSONReader.read(written.span)
        precondition(again == value, "what was written reads otherwise")
        precondition(JSONWriter.bytes(again) == written, "it is written otherwise the second time")
    } catch {
        precondition(!error.description.isEmpty)
    }
    var reader = JSONRecordReader()
    var offset = 0
    while offset < bytes.count {
        let before = offset
        do throws(JSONError) { _ = try reader.read(bytes.span, at: &offset) } catch { break }
        precondition(offset > before && offset <= bytes.count, "the reader did not go on")
    }
    return 0
}

import Glibc
import MillraceTesting
import MillraceXML
import Testing

@Suite(
    "XML push parser: published documents", .enabled(if: SharedData.folder != nil, "the shared test data is not here"))
struct XMLCorpusTests {
    private let root = (SharedData.folder ?? "") + "/testdata"

    @Test func `every document made to hurt is refused with a place, every good one is read`() throws {
        let folder = root + "/badinput/made/xml"
        let files = filesBelow(folder)
        #expect(files.count >= 16)
        for file in files {
            let fault = faultOf(try contents(file))
            let name = file.split(separator: "/").last ?? ""
            if name.hasPrefix("y_") || name == "n_xinclude_file.xml" {
                // An inclusion that nobody carries out is an ordinary element.
                #expect(fault == nil, "\(name): \(fault?.description ?? "")")
            } else {
                #expect(fault != nil, "\(name)")
                #expect((fault?.line ?? 0) > 0, "\(name)")
            }
        }
    }

    @Test func `the W3C's documents are judged as expected, those with a document type refused`() throws {
        let folder = root + "/badinput/w3c-xmlconf"
        let rows = String(decoding: try contents(folder + "/EXPECT.tsv"), as: UTF8.self).split(separator: "\n")
            .dropFirst()
        #expect(rows.count > 800)
        for row in rows {
            let columns = row.split(separator: "\t", omittingEmptySubsequences: false)
            // Names of the fourth edition: right by the fifth, which libxml2 follows.
            guard columns.count >= 4, columns[1] != "error", columns[3].isEmpty else { continue }
            let bytes = try contents(folder + "/" + columns[0])
            // These two have the word in a comment and in a CDATA section.
            let isQuoted = ["oasis/p15pass1.xml", "oasis/p18pass1.xml"].contains(columns[0])
            let hasDocumentType = !isQuoted && bytes.filter { $0 != 0 }.contains("<!DOCTYPE")
            let fault = faultOf(bytes)
            if columns[1] == "not-wf" || hasDocumentType {
                #expect(fault != nil, "\(columns[0]) was read")
            } else {
                #expect(fault == nil, "\(columns[0]): \(fault?.description ?? "")")
            }
            #expect((fault == nil) == (faultOf(bytes, pieces: 3) == nil), "\(columns[0]) in pieces")
        }
    }

    @Test func `all MTConnect documents are read`() throws {
        let files = filesBelow(root + "/mtconnect").filter { $0.hasSuffix(".xml") }
        #expect(files.count >= 20)
        for file in files {
            let counter = XMLCounter()
            let parser = XMLPushParser(names: XMLNames(["dataItemId", "timestamp", "sequence"]), handler: counter)
            do throws(XMLFault) {
                try parser.feed(try contents(file))
                try parser.finish()
            } catch {
                Issue.record("\(file): \(error)")
            }
            #expect(counter.elements > 1, "\(file)")
        }
    }
}

/// All regular files below a folder, sorted.
private func filesBelow(_ folder: String) -> [String] {
    guard let stream = opendir(folder) else { return [] }
    defer { closedir(stream) }
    var found: [String] = []
    while let entry = readdir(stream) {
        let name = withUnsafePointer(to: &entry.pointee.d_name) {
            $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
        }
        if name == "." || name == ".." { continue }
        let path = folder + "/" + name
        if entry.pointee.d_type == DT_DIR { found += filesBelow(path) } else { found.append(path) }
    }
    return found.sorted()
}

private func contents(_ path: some StringProtocol) throws(XMLFault) -> [UInt8] {
    guard let file = fopen(String(path), "rb") else {
        throw XMLFault(kind: .content, line: 0, column: 0, message: "\(path) cannot be opened")
    }
    defer { fclose(file) }
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 65_536)
    while true {
        let count = fread(&buffer, 1, buffer.count, file)
        if count == 0 { return bytes }
        bytes += buffer[..<count]
    }
}

extension [UInt8] {
    fileprivate func contains(_ text: String) -> Bool {
        String(decoding: self, as: UTF8.self).contains(text)
    }
}

/// CPU time of this thread, in seconds.
func cpuSeconds() -> Double {
    var time = timespec()
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
}

import Dispatch
import Glibc
import MillraceCore
import MillraceStore
import MillraceTesting
import Testing

/// The program itself, as it was built beside the tests: run in a process of its own and measured.
enum BuiltProgram {
    /// What became of one process.
    struct Ending: Sendable {
        /// Its exit code; nil where a signal ended it.
        var code: Int32?
        /// The signal that ended it; nil where it ended by itself.
        var signal: Int32?
        /// Its time on the processor.
        var cpuSeconds: Double
        /// The most memory it held, in KiB; 0 where it ended before anybody could look.
        var peakKiB: Int
        /// What it printed.
        var output: String
        /// What it said on stderr.
        var errors: String
    }

    /// Where it is: in the folder of this test bundle.
    static var path: String? {
        guard let link = realpath("/proc/self/exe", nil) else { return nil }
        defer { free(link) }
        let own = String(cString: link)
        let path = own.prefix(upTo: own.lastIndex(of: "/") ?? own.startIndex) + "/millrace"
        return access(String(path), X_OK) == 0 ? String(path) : nil
    }

    /// Runs it to its end, at most 20 seconds long.
    static func run(_ arguments: [String], in folder: borrowing SiteFixture) async throws -> Ending {
        let program = try #require(path, "the tests run beside the program: build the product 'millrace' first")
        let (out, err) = (folder.path + "/out.txt", folder.path + "/err.txt")
        let pid = try ChildProcess(program, arguments, output: out, errors: err).id
        return await withCheckedContinuation { continuation in
            DispatchQueue.global().async {
                var ending = wait(for: pid)
                ending.output = text(out)
                ending.errors = text(err)
                continuation.resume(returning: ending)
            }
        }
    }

    /// The kernel carries a process's peak over exec, so that the peak of this test program would count for the one that it
    /// starts; `VmHWM` is that of the new program alone. It is read while it runs, last within a millisecond of its end.
    private static func wait(for pid: pid_t) -> Ending {
        var (status, usage, peak) = (Int32(0), rusage(), 0)
        let begun = DispatchTime.now()
        while wait4(pid, &status, WNOHANG, &usage) == 0 {
            peak = max(peak, highWater(of: pid))
            if DispatchTime.now() > begun + .seconds(20) { kill(pid, SIGKILL) }
            usleep(200)
        }
        let seconds = { (time: timeval) in Double(time.tv_sec) + Double(time.tv_usec) / 1_000_000 }
        let hasExited = status & 0x7F == 0
        return Ending(
            code: hasExited ? (status >> 8) & 0xFF : nil, signal: hasExited ? nil : status & 0x7F,
            cpuSeconds: seconds(usage.ru_utime) + seconds(usage.ru_stime),
            peakKiB: min(peak, usage.ru_maxrss), output: "", errors: "")
    }

    private static func highWater(of pid: pid_t) -> Int {
        // Until exec is done the process is still a copy of this one.
        guard let link = realpath("/proc/\(pid)/exe", nil) else { return 0 }
        defer { free(link) }
        guard String(cString: link).hasSuffix("/millrace") else { return 0 }
        for line in text("/proc/\(pid)/status").split(separator: "\n") where line.hasPrefix("VmHWM:") {
            return Int(line.filter(\.isNumber)) ?? 0
        }
        return 0
    }

    private static func text(_ path: String) -> String { String(decoding: SiteFixture.bytes(path), as: UTF8.self) }
}

/// A site in a folder of its own, gone with it.
struct SiteFixture: ~Copyable {
    let path: String

    init() throws {
        var template = Array("/tmp/millrace-site-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { throw ServerFault(errno: errno) }
        path = String(decoding: template.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
        for folder in ["drop", "mappings", "tables"] { mkdir(path + "/" + folder, 0o755) }
    }

    deinit {
        for folder in ["/drop", "/mappings", "/tables", "/state/log", "/state", ""] {
            for name in Self.names(path + folder) { unlink(path + folder + "/" + name) }
            rmdir(path + folder)
        }
    }

    borrowing func write(_ name: String, _ bytes: [UInt8]) {
        let file = open(path + "/" + name, O_WRONLY | O_CREAT | O_TRUNC, 0o644)
        defer { close(file) }
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(file, $0.baseAddress, $0.count) }
            if count <= 0 { return }
            rest = rest.dropFirst(count)
        }
    }

    borrowing func write(_ name: String, _ text: String) { write(name, Array(text.utf8)) }

    borrowing func remove(_ name: String) { unlink(path + "/" + name) }

    /// Runs the program on this site.
    borrowing func run(_ command: String = "run", _ more: String...) async throws -> BuiltProgram.Ending {
        try await BuiltProgram.run([command, "--json", "--site", path] + more, in: self)
    }

    /// The site's store, opened by the test itself.
    borrowing func store() throws -> SQLiteStore { try SQLiteStore(path: path + "/state/millrace.db") }

    static func bytes(_ path: String) -> [UInt8] {
        guard let file = fopen(path, "rb") else { return [] }
        defer { fclose(file) }
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = fread(&chunk, 1, chunk.count, file)
            if count == 0 { return bytes }
            bytes += chunk[..<count]
        }
    }

    private static func names(_ path: String) -> [String] {
        guard let directory = opendir(path) else { return [] }
        defer { closedir(directory) }
        var names: [String] = []
        while let entry = readdir(directory) {
            names.append(
                withUnsafeBytes(of: entry.pointee.d_name) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) })
        }
        return names
    }
}

extension SiteFixture {
    /// Whether expected outputs are written anew instead of compared, for a person to read their difference.
    static var writesFixtures: Bool { getenv("MILLRACE_FIXTURES").map { String(cString: $0) == "write" } ?? false }

    /// Writes an expected output.
    static func rewrite(_ path: String, _ text: String) {
        guard let file = fopen(path, "wb") else { return }
        defer { fclose(file) }
        fputs(text, file)
    }
}

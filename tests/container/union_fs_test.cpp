// tests/container/union_fs_test.cpp: what OverlayFS does, case by case.

#include "sim/container/union_fs.h"

#include <catch_amalgamated.hpp>

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace {

using namespace sim::container;
using Lines = std::vector<std::string>;

engine::Ref<LayerStack> stack(std::vector<engine::Ref<Layer>> layers) {
  return engine::Ref<LayerStack>(new LayerStack(std::move(layers)));
}

/// Two layers: a base system, and an application on it.
engine::Ref<LayerStack> sample() {
  const auto base = LayerBuilder()
                        .file("/etc/hosts", "127.0.0.1 localhost\n")
                        .file("/etc/passwd", "root:x:0:0\n", 0600)
                        .sized_file("/bin/busybox", 1'000'000, "busybox", 0755)
                        .symlink("/bin/sh", "busybox")
                        .symlink("/etc/mtab", "/proc/mounts")
                        .directory("/run", 01777)
                        .file("/var/log/boot.log", "booted\n")
                        .file("/var/log/old/a.log", "a")
                        .build();
  const auto application = LayerBuilder()
                               .file("/app/server", "v1", 0755)
                               .file("/etc/hosts", "127.0.0.1 localhost app\n")
                               .directory("/app/data")
                               .build();
  return stack({base, application});
}

std::string text_of(const UnionFs& files, std::string_view path) {
  const FileRead read = files.read(path);
  return read.error ? read.error.message() : read.bytes;
}

Lines names_in(const UnionFs& files, std::string_view path) {
  const ListResult listed = files.list(path);
  Lines names;
  if (listed.error) names.push_back(listed.error.message());
  for (const DirEntry& entry : listed.entries) names.push_back(entry.name);
  return names;
}

Lines diff(const UnionFs& files) {
  Lines lines;
  for (const Change& change : files.changes()) lines.push_back(change.text());
  return lines;
}

/// The entries of what would be committed; W for a whiteout, O for an opaque directory.
Lines upper_of(const UnionFs& files) {
  Lines lines;
  const auto layer = files.commit();
  for (const Layer::Item& item : layer->items()) {
    std::string line = item.path;
    if (item.entry.is_whiteout()) line += " W";
    if (item.entry.opaque) line += " O";
    lines.push_back(line);
  }
  return lines;
}

/// The operation's error, or how many bytes it copied up.
std::string outcome(const WriteResult& result) {
  return result.error ? result.error.message() : std::to_string(result.copied_up_bytes);
}

}  // namespace

TEST_CASE("a container that has written nothing costs three words and has no upper layer") {
  const auto lower = sample();
  const UnionFs files(lower);
  CHECK(sizeof(UnionFs) <= 3 * sizeof(void*));
  CHECK(text_of(files, "/etc/hosts") == "127.0.0.1 localhost app\n");
  CHECK(names_in(files, "/") == Lines{"app", "bin", "etc", "run", "var"});
  CHECK_FALSE(files.has_upper());
  CHECK(files.upper_bytes() == 0);
  CHECK(files.copied_up_bytes() == 0);
  CHECK(diff(files).empty());
  CHECK(upper_of(files).empty());
  CHECK_FALSE(files.has_upper());
}

TEST_CASE("an operation that fails makes no upper layer") {
  UnionFs files(sample());
  CHECK(outcome(files.remove("/nothing")) == "no such file or directory");
  CHECK(outcome(files.write("/etc", "x")) == "is a directory");
  CHECK(outcome(files.write_at("/etc/hosts", -1, "x")) == "invalid argument");
  CHECK(outcome(files.mkdir("/etc")) == "file exists");
  CHECK(outcome(files.rename("/etc", "/x")) == "invalid cross-device link");
  CHECK(outcome(files.remove_all("/nothing")) == "0");
  CHECK_FALSE(files.has_upper());
}

TEST_CASE("stat tells the kind, the mode, the size and the layer") {
  UnionFs files(sample());
  files.write("/run/mine", "1234");
  const auto check = [&](std::string_view path, EntryKind kind, uint16_t mode, int64_t size,
                         int32_t layer) {
    CAPTURE(path);
    const StatResult result = files.lstat(path);
    REQUIRE(result.error.message() == "<nil>");
    CHECK(result.stat.kind == kind);
    CHECK(result.stat.mode == mode);
    CHECK(result.stat.size == size);
    CHECK(result.stat.layer == layer);
  };
  check("/", EntryKind::kDirectory, 0755, 0, 0);
  check("/bin/busybox", EntryKind::kFile, 0755, 1'000'000, 0);
  check("/etc/passwd", EntryKind::kFile, 0600, 11, 0);
  check("/etc/hosts", EntryKind::kFile, 0644, 24, 1);
  check("/etc", EntryKind::kDirectory, 0755, 0, 1);
  check("/run", EntryKind::kDirectory, 01777, 0, kUpperLayer);
  check("/run/mine", EntryKind::kFile, 0644, 4, kUpperLayer);
  check("/bin/sh", EntryKind::kSymlink, 0777, 7, 0);
  CHECK(files.lstat("/bin/sh").stat.target == "busybox");
  CHECK(files.stat("/bin/sh").stat.size == 1'000'000);
  CHECK(files.stat("/nothing").error.message() == "no such file or directory");
}

TEST_CASE("files are read in ranges") {
  const UnionFs files(sample());
  CHECK(files.read("/etc/hosts", 10, 9).bytes == "localhost");
  CHECK(files.read("/etc/hosts", 1000).bytes.empty());
  CHECK(files.read("/bin/busybox", 999'998, 10).bytes == std::string(2, '\0'));
  CHECK(text_of(files, "/etc") == "is a directory");
  CHECK(text_of(files, "/etc/nothing") == "no such file or directory");
  CHECK(text_of(files, "/etc/hosts/x") == "not a directory");
  CHECK(files.read("/etc/hosts", -1).error.message() == "invalid argument");
  CHECK(files.read("/etc/hosts", 0, -1).error.message() == "invalid argument");
}

TEST_CASE("a program compares errors with those that the disk gives") {
  const UnionFs files(sample());
  CHECK(engine::errors_is(files.read("/nothing").error, sim::node::kNoSuchFile));
}

TEST_CASE("the first write to a lower file copies all of it up, the next ones nothing") {
  const auto lower = sample();
  UnionFs files(lower);
  const UnionFs other(lower);
  CHECK(outcome(files.write_at("/bin/busybox", 5, "patch")) == "1000000");
  CHECK(outcome(files.write_at("/bin/busybox", 0, "MZ")) == "0");
  CHECK(files.read("/bin/busybox", 0, 12).bytes == std::string("MZ\0\0\0patch\0\0", 12));
  CHECK(files.stat("/bin/busybox").stat.mode == 0755);
  CHECK(files.upper_bytes() == 1'000'000);
  CHECK(files.copied_up_bytes() == 1'000'000);
  // Through another container of the image nothing has changed.
  CHECK(other.read("/bin/busybox", 0, 12).bytes == std::string(12, '\0'));
  CHECK(other.stat("/bin/busybox").stat.layer == 0);
}

TEST_CASE("to replace a file, to remove it or to make one copies nothing up") {
  UnionFs files(sample());
  CHECK(outcome(files.write("/etc/passwd", "new")) == "0");
  CHECK(files.stat("/etc/passwd").stat.mode == 0600);
  CHECK(outcome(files.remove("/bin/busybox")) == "0");
  CHECK(outcome(files.create("/run/a", 0640)) == "0");
  CHECK(files.stat("/run/a").stat.mode == 0640);
  CHECK(files.upper_bytes() == 3);
  CHECK(files.copied_up_bytes() == 0);
}

TEST_CASE("append, truncate and chmod copy a lower file up") {
  UnionFs files(sample());
  CHECK(outcome(files.append("/var/log/boot.log", "again\n")) == "7");
  CHECK(outcome(files.append("/var/log/boot.log", "and again\n")) == "0");
  CHECK(text_of(files, "/var/log/boot.log") == "booted\nagain\nand again\n");
  CHECK(outcome(files.truncate("/etc/hosts", 9)) == "24");
  CHECK(text_of(files, "/etc/hosts") == "127.0.0.1");
  CHECK(outcome(files.truncate("/etc/hosts", 11)) == "0");
  CHECK(text_of(files, "/etc/hosts") == std::string("127.0.0.1\0\0", 11));
  CHECK(outcome(files.chmod("/etc/passwd", 0644)) == "11");
  CHECK(files.stat("/etc/passwd").stat.mode == 0644);
  CHECK(outcome(files.chmod("/run", 0700)) == "0");
  CHECK(files.stat("/run").stat.mode == 0700);
  CHECK(files.upper_bytes() == 23 + 11 + 11);
  // To open a file for writing is enough.
  CHECK(outcome(files.write_at("/app/server", 0, "")) == "2");
}

TEST_CASE("a file is appended to that is not there yet") {
  UnionFs files(sample());
  CHECK(outcome(files.append("/var/log/new.log", "1\n", 0600)) == "0");
  CHECK(outcome(files.append("/var/log/new.log", "2\n")) == "0");
  CHECK(text_of(files, "/var/log/new.log") == "1\n2\n");
  CHECK(files.stat("/var/log/new.log").stat.mode == 0600);
}

TEST_CASE("a whiteout is left only where a lower layer has something") {
  UnionFs files(sample());
  files.write("/run/mine", "x");
  CHECK(outcome(files.remove("/run/mine")) == "0");
  CHECK(upper_of(files) == Lines{"/run"});
  CHECK(outcome(files.remove("/etc/hosts")) == "0");
  CHECK(upper_of(files) == Lines{"/etc", "/etc/hosts W", "/run"});
  CHECK(text_of(files, "/etc/hosts") == "no such file or directory");
  CHECK(names_in(files, "/etc") == Lines{"mtab", "passwd"});
  CHECK(outcome(files.remove("/etc/hosts")) == "no such file or directory");
  // Made again, it hides the lower one; removed again, it leaves a whiteout again.
  CHECK(outcome(files.create("/etc/hosts")) == "0");
  CHECK(text_of(files, "/etc/hosts").empty());
  CHECK(upper_of(files) == Lines{"/etc", "/etc/hosts", "/run"});
  CHECK(outcome(files.remove("/etc/hosts")) == "0");
  CHECK(upper_of(files) == Lines{"/etc", "/etc/hosts W", "/run"});
}

TEST_CASE("a directory made where one was removed is opaque") {
  UnionFs files(sample());
  CHECK(outcome(files.remove("/var/log")) == "directory not empty");
  CHECK(outcome(files.remove_all("/var/log")) == "0");
  CHECK(upper_of(files) == Lines{"/var", "/var/log W"});
  CHECK(outcome(files.mkdir("/var/log")) == "0");
  CHECK(names_in(files, "/var/log").empty());
  CHECK(upper_of(files) == Lines{"/var", "/var/log O"});
  // Below an opaque directory nothing lower shows, at any depth, so nothing is whited out.
  CHECK(outcome(files.mkdir("/var/log/old")) == "0");
  CHECK(names_in(files, "/var/log/old").empty());
  CHECK(outcome(files.write("/var/log/boot.log", "x")) == "0");
  CHECK(outcome(files.remove("/var/log/boot.log")) == "0");
  CHECK(upper_of(files) == Lines{"/var", "/var/log O", "/var/log/old"});
  CHECK(outcome(files.remove_all("/var/log")) == "0");
  CHECK(upper_of(files) == Lines{"/var", "/var/log W"});
}

TEST_CASE("a directory that only whiteouts are left in is empty") {
  UnionFs files(sample());
  CHECK(outcome(files.remove("/var/log/old/a.log")) == "0");
  CHECK(names_in(files, "/var/log/old").empty());
  CHECK(outcome(files.remove("/var/log/old")) == "0");
  CHECK(upper_of(files) == Lines{"/var", "/var/log", "/var/log/old W"});
}

TEST_CASE("a file takes the place of a removed directory, and the other way round") {
  UnionFs files(sample());
  files.remove_all("/var/log");
  CHECK(outcome(files.write("/var/log", "a file")) == "0");
  CHECK(text_of(files, "/var/log") == "a file");
  CHECK(text_of(files, "/var/log/boot.log") == "not a directory");
  files.remove("/etc/hosts");
  CHECK(outcome(files.mkdir("/etc/hosts")) == "0");
  CHECK(names_in(files, "/etc/hosts").empty());
  CHECK(diff(files) == Lines{"C /etc", "C /etc/hosts", "C /var", "C /var/log"});
}

TEST_CASE("directories are listed merged and sorted") {
  UnionFs files(sample());
  files.write("/etc/apk", "x");
  files.remove("/etc/mtab");
  files.write("/etc/hosts", "mine");
  CHECK(names_in(files, "/etc") == Lines{"apk", "hosts", "passwd"});
  const ListResult listed = files.list("/etc/");
  CHECK(listed.entries[0].stat.layer == kUpperLayer);
  CHECK(listed.entries[1].stat.size == 4);
  CHECK(listed.entries[2].stat.layer == 0);
  CHECK(names_in(files, "/etc/hosts") == Lines{"not a directory"});
  CHECK(names_in(files, "/nothing") == Lines{"no such file or directory"});
}

TEST_CASE("a lower file is copied up to be renamed, and leaves a whiteout") {
  UnionFs files(sample());
  CHECK(outcome(files.rename("/etc/passwd", "/run/p")) == "11");
  CHECK(text_of(files, "/run/p") == "root:x:0:0\n");
  CHECK(files.stat("/run/p").stat.mode == 0600);
  CHECK(text_of(files, "/etc/passwd") == "no such file or directory");
  CHECK(upper_of(files) == Lines{"/etc", "/etc/passwd W", "/run", "/run/p"});
  // Its own file moves without a trace.
  CHECK(outcome(files.rename("/run/p", "/run/q")) == "0");
  CHECK(upper_of(files) == Lines{"/etc", "/etc/passwd W", "/run", "/run/q"});
  CHECK(outcome(files.rename("/run/q", "/etc/hosts")) == "0");
  CHECK(text_of(files, "/etc/hosts") == "root:x:0:0\n");
  CHECK(files.upper_bytes() == 11);
  CHECK(outcome(files.rename("/bin/sh", "/bin/ash")) == "0");
  CHECK(files.lstat("/bin/ash").stat.target == "busybox");
}

TEST_CASE("only a directory of which no layer below has a part can be renamed") {
  UnionFs files(sample());
  CHECK(outcome(files.rename("/var/log", "/run/log")) == "invalid cross-device link");
  files.write("/var/log/x", "1");  // now it is merged
  CHECK(outcome(files.rename("/var/log", "/run/log")) == "invalid cross-device link");
  files.make_directories("/run/a/b");
  files.write("/run/a/b/f", "1");
  CHECK(outcome(files.rename("/run/a", "/app/a")) == "0");
  CHECK(text_of(files, "/app/a/b/f") == "1");
  CHECK(names_in(files, "/run").empty());
  // An opaque one moves as well, and the whiteout is left again.
  files.remove_all("/var/log");
  files.mkdir("/var/log");
  files.write("/var/log/y", "2");
  CHECK(outcome(files.rename("/var/log", "/run/log")) == "0");
  CHECK(text_of(files, "/run/log/y") == "2");
  CHECK(names_in(files, "/var").empty());
  // Moved to where a lower directory was, it hides that.
  CHECK(outcome(files.rename("/app/a", "/var/log")) == "0");
  CHECK(names_in(files, "/var/log") == Lines{"b"});
  CHECK(upper_of(files) == Lines{"/app", "/run", "/run/log", "/run/log/y", "/var", "/var/log O",
                                 "/var/log/b", "/var/log/b/f"});
}

TEST_CASE("rename refuses what POSIX refuses") {
  UnionFs files(sample());
  files.make_directories("/run/d/e");
  files.mkdir("/run/empty");
  files.write("/run/f", "1");
  CHECK(outcome(files.rename("/nothing", "/x")) == "no such file or directory");
  CHECK(outcome(files.rename("/run/f", "/nothing/x")) == "no such file or directory");
  CHECK(outcome(files.rename("/run/f", "/run/f/x")) == "not a directory");
  CHECK(outcome(files.rename("/run/f", "/run/d")) == "is a directory");
  CHECK(outcome(files.rename("/run/d", "/run/f")) == "not a directory");
  CHECK(outcome(files.rename("/run/d", "/run/d/e/x")) == "invalid argument");
  CHECK(outcome(files.rename("/run/d/e", "/run/d")) == "directory not empty");
  CHECK(outcome(files.rename("/run/empty", "/run/d")) == "directory not empty");
  CHECK(outcome(files.rename("/run/empty", "/etc")) == "directory not empty");
  CHECK(outcome(files.rename("/run/f", "/run/g/")) == "not a directory");
  CHECK(outcome(files.rename("/run/f/", "/run/g")) == "not a directory");
  CHECK(outcome(files.rename("/", "/x")) == "device or resource busy");
  CHECK(outcome(files.rename("/run/f", "/")) == "device or resource busy");
  CHECK(outcome(files.rename("/run/f", "/run/f")) == "0");
  CHECK(outcome(files.rename("/run/d", "/run/empty/")) == "0");
  CHECK(names_in(files, "/run/empty") == Lines{"e"});
}

TEST_CASE("links are followed on the way and at the end, but not to remove or rename them") {
  UnionFs files(sample());
  files.symlink("/var/log", "/logs");
  files.symlink("../etc/./hosts", "/run/hosts");
  files.symlink("loop2", "/loop1");
  files.symlink("/loop1", "/loop2");
  files.symlink("/run/made", "/run/dangling");
  CHECK(text_of(files, "/logs/boot.log") == "booted\n");
  CHECK(names_in(files, "/logs") == Lines{"boot.log", "old"});
  CHECK(text_of(files, "/run/hosts") == "127.0.0.1 localhost app\n");
  CHECK(text_of(files, "/loop1") == "too many levels of symbolic links");
  CHECK(files.lstat("/loop1").stat.kind == EntryKind::kSymlink);
  CHECK(files.lstat("/logs/").stat.kind == EntryKind::kDirectory);
  // `..` is that of where the link led.
  CHECK(names_in(files, "/logs/..") == Lines{"log"});
  CHECK(outcome(files.append("/run/hosts", "x")) == "24");
  CHECK(files.lstat("/run/hosts").stat.kind == EntryKind::kSymlink);
  CHECK(text_of(files, "/etc/hosts") == "127.0.0.1 localhost app\nx");
  CHECK(outcome(files.write("/run/dangling", "1")) == "0");
  CHECK(text_of(files, "/run/made") == "1");
  CHECK(outcome(files.create("/run/dangling")) == "file exists");
  CHECK(outcome(files.mkdir("/logs")) == "file exists");
  CHECK(outcome(files.remove_all("/logs/")) == "not a directory");
  CHECK(outcome(files.rename("/logs", "/l")) == "0");
  CHECK(outcome(files.remove_all("/l")) == "0");
  CHECK(names_in(files, "/var/log") == Lines{"boot.log", "old"});
}

TEST_CASE("a chain of 40 links can be followed, one of 41 cannot") {
  UnionFs files(stack({LayerBuilder().file("/l0", "end").build()}));
  for (int i = 1; i <= 41; ++i) {
    files.symlink("l" + std::to_string(i - 1), "/l" + std::to_string(i));
  }
  CHECK(text_of(files, "/l40") == "end");
  CHECK(text_of(files, "/l41") == "too many levels of symbolic links");
}

TEST_CASE("paths are looked up as the kernel does") {
  UnionFs files(sample());
  CHECK(text_of(files, "etc/../etc//./hosts") == "127.0.0.1 localhost app\n");
  CHECK(text_of(files, "/../../etc/hosts") == "127.0.0.1 localhost app\n");
  CHECK(text_of(files, "/nothing/../etc/hosts") == "no such file or directory");
  CHECK(text_of(files, "/etc/hosts/") == "not a directory");
  CHECK(text_of(files, "/etc/hosts/.") == "not a directory");
  CHECK(text_of(files, "") == "no such file or directory");
  CHECK(text_of(files, std::string_view("/etc\0/hosts", 11)) == "invalid argument");
  CHECK(text_of(files, "/" + std::string(256, 'n')) == "file name too long");
  CHECK(text_of(files, std::string(4096, '/')) == "file name too long");
  CHECK(outcome(files.write("/" + std::string(255, 'n'), "x")) == "0");
  CHECK(outcome(files.mkdir("/run/d/")) == "0");
  CHECK(outcome(files.write("/run/x/", "1")) == "is a directory");
  CHECK(outcome(files.append("/run/x/", "1")) == "is a directory");
  CHECK(outcome(files.create("/run/x/")) == "is a directory");
  CHECK(outcome(files.write("/nothing/x/", "1")) == "no such file or directory");
  CHECK(outcome(files.symlink("a", "/run/x/")) == "no such file or directory");
  CHECK(outcome(files.remove("/run/d/")) == "0");
}

TEST_CASE("what cannot be made or removed is refused with the kernel's words") {
  UnionFs files(sample());
  CHECK(outcome(files.create("/etc/hosts")) == "file exists");
  CHECK(outcome(files.mkdir("/etc/hosts/")) == "file exists");
  CHECK(outcome(files.mkdir("/nothing/d")) == "no such file or directory");
  CHECK(outcome(files.mkdir("/etc/hosts/d")) == "not a directory");
  CHECK(outcome(files.symlink("x", "/etc/hosts")) == "file exists");
  CHECK(outcome(files.symlink("", "/x")) == "no such file or directory");
  CHECK(outcome(files.write("/", "x")) == "is a directory");
  CHECK(outcome(files.append("/etc", "x")) == "is a directory");
  CHECK(outcome(files.write_at("/nothing", 0, "x")) == "no such file or directory");
  CHECK(outcome(files.write_at("/etc", 0, "x")) == "is a directory");
  CHECK(outcome(files.write_at("/etc/hosts", kFileBytesMax, "x")) == "file too large");
  CHECK(outcome(files.write_at("/etc/hosts", INT64_MAX, "x")) == "file too large");
  CHECK(outcome(files.truncate("/etc/hosts", kFileBytesMax + 1)) == "file too large");
  CHECK(outcome(files.truncate("/etc/hosts", -1)) == "invalid argument");
  CHECK(outcome(files.write_sized("/run/x", kFileBytesMax + 1, "")) == "file too large");
  CHECK(outcome(files.write_sized("/run/x", -1, "")) == "invalid argument");
  CHECK(outcome(files.chmod("/nothing", 0)) == "no such file or directory");
  CHECK(outcome(files.remove("/")) == "device or resource busy");
  CHECK(outcome(files.remove_all("/")) == "device or resource busy");
  CHECK(outcome(files.remove_all("/etc/hosts/x")) == "not a directory");
  CHECK(outcome(files.make_directories("/etc/hosts/x")) == "not a directory");
  CHECK(diff(files).empty());
}

TEST_CASE("directories are made as by mkdir -p") {
  UnionFs files(sample());
  CHECK(outcome(files.make_directories("/var/lib/app/data", 0700)) == "0");
  CHECK(files.stat("/var/lib/app").stat.mode == 0700);
  CHECK(outcome(files.make_directories("/var/lib/app")) == "0");
  CHECK(outcome(files.make_directories("/")) == "0");
  CHECK(outcome(files.make_directories("srv//www/")) == "0");
  CHECK(names_in(files, "/srv") == Lines{"www"});
}

TEST_CASE("in a read-only file system everything that would write is refused") {
  UnionFs files(sample());
  files.write("/run/mine", "1");
  files.set_read_only(true);
  const std::string_view refused = "read-only file system";
  CHECK(outcome(files.create("/run/x")) == refused);
  CHECK(outcome(files.write("/run/mine", "2")) == refused);
  CHECK(outcome(files.write("/run/x", "2")) == refused);
  CHECK(outcome(files.write_sized("/run/x", 2, "")) == refused);
  CHECK(outcome(files.write_at("/etc/hosts", 0, "2")) == refused);
  CHECK(outcome(files.append("/etc/hosts", "2")) == refused);
  CHECK(outcome(files.append("/run/x", "2")) == refused);
  CHECK(outcome(files.truncate("/run/mine", 0)) == refused);
  CHECK(outcome(files.chmod("/run/mine", 0)) == refused);
  CHECK(outcome(files.mkdir("/run/x")) == refused);
  CHECK(outcome(files.make_directories("/run/x")) == refused);
  CHECK(outcome(files.symlink("x", "/run/x")) == refused);
  CHECK(outcome(files.remove("/run/mine")) == refused);
  CHECK(outcome(files.remove_all("/run/mine")) == refused);
  CHECK(outcome(files.rename("/run/mine", "/run/x")) == refused);
  CHECK(text_of(files, "/run/mine") == "1");
  CHECK(outcome(files.create("/run/mine")) == "file exists");
  CHECK(outcome(files.make_directories("/run")) == "0");
  files.set_read_only(false);
  CHECK(outcome(files.write("/run/mine", "2")) == "0");
}

TEST_CASE("changes are the lines of docker diff, with the directories above them") {
  UnionFs files(sample());
  files.write("/app/data/db", "1");
  files.append("/etc/hosts", "more");
  files.remove("/etc/passwd");
  files.make_directories("/srv/www");
  files.write("/srv/www/index.html", "<p>");
  files.remove_all("/var/log/old");
  CHECK(diff(files) == Lines{"C /app", "C /app/data", "A /app/data/db", "C /etc", "C /etc/hosts",
                             "D /etc/passwd", "A /srv", "A /srv/www", "A /srv/www/index.html",
                             "C /var", "C /var/log", "D /var/log/old"});
}

TEST_CASE("what was copied up and not changed is no change") {
  UnionFs files(sample());
  files.write_at("/etc/hosts", 0, "");
  files.chmod("/etc/passwd", 0600);
  files.chmod("/var", 0755);
  CHECK(diff(files).empty());
  files.rename("/etc/hosts", "/etc/h");
  CHECK(diff(files) == Lines{"C /etc", "A /etc/h", "D /etc/hosts"});
  files.rename("/etc/h", "/etc/hosts");
  CHECK(diff(files).empty());
  files.chmod("/etc/passwd", 0644);
  files.chmod("/var", 0700);
  CHECK(diff(files) == Lines{"C /etc", "C /etc/passwd", "C /var"});
  files.write("/etc/hosts", "127.0.0.1 localhost app\n");  // the same bytes, but written
  CHECK(diff(files) == Lines{"C /etc", "C /etc/hosts", "C /etc/passwd", "C /var"});
}

TEST_CASE("a directory that was made anew is compared with the one that it replaces") {
  UnionFs files(sample());
  files.remove_all("/var/log");
  files.mkdir("/var/log");
  files.mkdir("/var/log/old");
  files.write("/var/log/new.log", "1");
  CHECK(diff(files) == Lines{"C /var", "C /var/log", "D /var/log/boot.log", "A /var/log/new.log",
                             "C /var/log/old", "D /var/log/old/a.log"});
}

TEST_CASE("a commit, stacked on the lower layers, shows what the container showed") {
  const auto lower = sample();
  UnionFs files(lower);
  files.append("/etc/hosts", "more");
  files.remove_all("/var/log");
  files.mkdir("/var/log");
  files.write("/var/log/new.log", "1");
  files.chmod("/", 0711);
  const auto layer = files.commit();
  std::vector<engine::Ref<Layer>> layers(lower->layers().begin(), lower->layers().end());
  layers.push_back(layer);
  const UnionFs next(stack(std::move(layers)));
  CHECK(text_of(next, "/etc/hosts") == "127.0.0.1 localhost app\nmore");
  CHECK(names_in(next, "/var/log") == Lines{"new.log"});
  CHECK(next.stat("/").stat.mode == 0711);
  CHECK(next.stat("/etc/hosts").stat.layer == 2);
  // The container goes on, and the layer stays as it was.
  CHECK(outcome(files.append("/etc/hosts", "!")) == "0");
  CHECK(text_of(next, "/etc/hosts") == "127.0.0.1 localhost app\nmore");
  CHECK(text_of(files, "/etc/hosts") == "127.0.0.1 localhost app\nmore!");
  CHECK(files.commit()->diff_id() != layer->diff_id());
}

TEST_CASE("the same writes give the same layer, in whatever order") {
  const auto lower = sample();
  UnionFs one(lower);
  one.write("/app/a", "1");
  one.write("/app/b", "2");
  one.append("/app/b", "3");
  UnionFs other(lower);
  other.write("/app/b", "23");
  other.write("/app/a", "1");
  CHECK(one.commit()->diff_id() == other.commit()->diff_id());
}

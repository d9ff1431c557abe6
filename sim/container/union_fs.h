// sim/container/union_fs.h: the files of a container: shared layers below, its own layer on top.
//
// Concept: OverlayFS. Reading looks at the upper layer, then at the stack of lower ones. The first
// write to a file that a lower layer has copies it up, all of it; removing it leaves a whiteout; a
// directory that is made where one was removed is opaque. Costs until something is written: two
// words and a flag; all containers of an image share one stack. An operation that fails has changed
// nothing, make_directories() apart.
// Paths are looked up as the kernel does: `.`, `..` and links in them are followed, a `/` at the
// end asks for a directory; a relative path begins at the root.
// Determinism: everything is in the order of paths. Lifetime: it holds its stack.
// Source: Linux documentation, "Overlay Filesystem" (without redirect_dir and metacopy); POSIX.1
// for errors; moby, the storage driver overlay2 and `archive.Changes`.
// Not modelled: owners and permissions (everybody is root), times, hard links, open files (a path
// is looked up each time), quotas; that `.` cannot be removed or renamed.

#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "engine/sync/error.h"
#include "sim/container/layer_stack.h"
#include "sim/node/disk.h"

namespace sim::container {

// The kernel's errors, with the texts that Go and the C library give them.
using node::kNoSuchFile;                                                               // ENOENT
inline constexpr engine::Sentinel kIsDirectory("is a directory");                      // EISDIR
inline constexpr engine::Sentinel kNotDirectory("not a directory");                    // ENOTDIR
inline constexpr engine::Sentinel kDirectoryNotEmpty("directory not empty");           // ENOTEMPTY
inline constexpr engine::Sentinel kFileExists("file exists");                          // EEXIST
inline constexpr engine::Sentinel kCrossDevice("invalid cross-device link");           // EXDEV
inline constexpr engine::Sentinel kReadOnly("read-only file system");                  // EROFS
inline constexpr engine::Sentinel kTooManyLinks("too many levels of symbolic links");  // ELOOP
inline constexpr engine::Sentinel kNameTooLong("file name too long");    // ENAMETOOLONG
inline constexpr engine::Sentinel kFileTooLarge("file too large");       // EFBIG
inline constexpr engine::Sentinel kInvalidArgument("invalid argument");  // EINVAL
inline constexpr engine::Sentinel kBusy("device or resource busy");      // EBUSY

/// As in the kernel: of one name, of a path, of the links followed on the way.
inline constexpr int64_t kNameBytesMax = 255;
inline constexpr int64_t kPathBytesMax = 4095;
inline constexpr int32_t kLinksMax = 40;

/// The layer of what the container itself wrote.
inline constexpr int32_t kUpperLayer = -1;

/// What stat() knows.
struct Stat {
  EntryKind kind = EntryKind::kFile;
  uint16_t mode = 0;
  int64_t size = 0;
  /// Where the entry comes from: a layer of the stack, 0 the lowest, or kUpperLayer.
  int32_t layer = kUpperLayer;
  /// Of a link: what it names.
  std::string target;
};
struct StatResult {
  Stat stat;
  engine::Error error;
};
struct FileRead {
  std::string bytes;
  engine::Error error;
};
struct DirEntry {
  std::string name;
  Stat stat;
};
struct ListResult {
  std::vector<DirEntry> entries;  // by name
  engine::Error error;
};

/// How an operation that writes went.
struct WriteResult {
  /// The bytes that were copied from a lower layer to the upper one first.
  int64_t copied_up_bytes = 0;
  engine::Error error;
};

/// A line of `docker diff`.
struct Change {
  enum class Kind : char { kAdded = 'A', kChanged = 'C', kDeleted = 'D' };
  Kind kind;
  std::string path;
  bool operator==(const Change&) const = default;
  /// `A /etc/hosts`
  [[nodiscard]] std::string text() const;
};

class UnionFs {
 public:
  /// REQUIRES: not null.
  explicit UnionFs(engine::Ref<LayerStack> lower);

  /// While set, everything that writes fails with kReadOnly. Source: `docker run --read-only`.
  void set_read_only(bool read_only) { read_only_ = read_only; }

  /// Follows a link at the end of `path`. Errors: ENOENT, ENOTDIR, ELOOP, ENAMETOOLONG, EINVAL (a
  /// zero byte), which every operation may give.
  [[nodiscard]] StatResult stat(std::string_view path) const;
  /// Does not follow it.
  [[nodiscard]] StatResult lstat(std::string_view path) const;
  /// What is in a directory. Errors: ENOTDIR.
  [[nodiscard]] ListResult list(std::string_view path) const;
  /// At most `length` bytes of a file from `offset` on; none at its end. Never more than
  /// kReadBytesMax. Errors: EISDIR, EINVAL.
  [[nodiscard]] FileRead read(std::string_view path, int64_t offset = 0,
                              int64_t length = kReadBytesMax) const;

  /// Makes an empty file. Errors: EEXIST. Source: open(2), O_CREAT | O_EXCL.
  WriteResult create(std::string_view path, uint16_t mode = kFileMode);
  /// Makes a file of `bytes`, or replaces what a file holds, which copies nothing up. Errors:
  /// EISDIR. Source: open(2), O_CREAT | O_TRUNC.
  WriteResult write(std::string_view path, std::string bytes, uint16_t mode = kFileMode);
  /// As write(), of a file of which only the size is known. See Content::of_size().
  WriteResult write_sized(std::string_view path, int64_t size, std::string_view stands_for,
                          uint16_t mode = kFileMode);
  /// Writes into a file that exists. Errors: EISDIR, EINVAL, EFBIG. Source: pwrite(2).
  WriteResult write_at(std::string_view path, int64_t offset, std::string_view bytes);
  /// Writes at the end of a file, which is made if there is none. Errors: EISDIR, EFBIG. Source:
  /// open(2), O_CREAT | O_APPEND.
  WriteResult append(std::string_view path, std::string_view bytes, uint16_t mode = kFileMode);
  /// Cuts a file, or makes it longer by a hole. Errors: EISDIR, EINVAL, EFBIG. Source: truncate(2).
  WriteResult truncate(std::string_view path, int64_t size);
  /// Source: chmod(2). Copies a file up, as the kernel does without metacopy.
  WriteResult chmod(std::string_view path, uint16_t mode);
  /// Errors: EEXIST.
  WriteResult mkdir(std::string_view path, uint16_t mode = kDirectoryMode);
  /// As `mkdir -p`. Errors: ENOTDIR if something in `path` is no directory.
  WriteResult make_directories(std::string_view path, uint16_t mode = kDirectoryMode);
  /// Makes a link to `target` at `path`. Errors: EEXIST; ENOENT if `target` is empty.
  WriteResult symlink(std::string_view target, std::string_view path);
  /// Removes a file, a link, or an empty directory. Errors: ENOTEMPTY; EBUSY for the root. Source:
  /// Go documentation, `os.Remove`.
  WriteResult remove(std::string_view path);
  /// Removes it and everything below; it need not exist. Errors: EBUSY for the root. Source: Go
  /// documentation, `os.RemoveAll`.
  WriteResult remove_all(std::string_view path);
  /// Renames, and replaces what may be replaced. Errors: EXDEV for a directory that a lower layer
  /// has; EISDIR, ENOTDIR, ENOTEMPTY; EINVAL into itself; EBUSY for the root. Source: rename(2).
  WriteResult rename(std::string_view from, std::string_view to);

  /// How the container's files differ from its image's, by path, a directory before what is in it.
  /// Source: `docker diff`.
  [[nodiscard]] std::vector<Change> changes() const;
  /// The upper layer as it is now, to be stacked on the lower ones. Source: `docker commit`.
  [[nodiscard]] engine::Ref<Layer> commit() const;
  /// The bytes of the files and links in the upper layer. Source: `docker ps --size`.
  [[nodiscard]] int64_t upper_bytes() const;
  /// All bytes that were ever copied up.
  [[nodiscard]] int64_t copied_up_bytes() const;
  /// Whether anything was written, so that there is an upper layer in memory.
  [[nodiscard]] bool has_upper() const { return upper_ != nullptr; }
  [[nodiscard]] const engine::Ref<LayerStack>& lower() const { return lower_; }

 private:
  struct UpperEntry {
    Entry entry;
    /// The index in the stack of what this is a copy of, with nothing written to it; or -1.
    int32_t copied_from = -1;
  };
  /// Holds every directory above each of its entries. A whiteout is only where a lower layer shows
  /// something; nothing is below it.
  struct Upper {
    std::map<std::string, UpperEntry, PathLess> entries;
    int64_t bytes = 0;
    int64_t copied_up_bytes = 0;
  };
  /// What is at a path. Nothing if `entry` is null.
  struct Found {
    const Entry* entry = nullptr;
    int32_t layer = kUpperLayer;
    int32_t lower_index = -1;
    [[nodiscard]] bool in_upper() const { return entry != nullptr && layer == kUpperLayer; }
    [[nodiscard]] bool is_directory() const { return entry != nullptr && entry->is_directory(); }
  };
  /// Where a path leads. What is above it exists, unless there is an error.
  struct Place {
    std::string path;
    Found found;
    engine::Error error;
    bool trailing_slash = false;
  };
  enum class Links : uint8_t { kFollow, kKeep };

  [[nodiscard]] Found find(std::string_view path) const;
  /// What a lower layer has, and nothing above it in the upper one hides.
  [[nodiscard]] const LayerStack::Visible* find_lower(std::string_view path) const;
  [[nodiscard]] const UpperEntry* find_upper(std::string_view path) const;
  [[nodiscard]] Place locate(std::string_view path, Links last) const;
  [[nodiscard]] Place locate_file(std::string_view path) const;
  [[nodiscard]] std::map<std::string, Stat> children(std::string_view directory) const;
  template <class F>
  void for_each_in_upper(std::string_view directory, F each) const;
  void append_changes(std::string_view directory, std::vector<Change>& out) const;
  [[nodiscard]] int32_t index_of(const LayerStack::Visible* visible) const;
  [[nodiscard]] static Stat stat_of(const Entry& entry, int32_t layer);

  Upper& upper();
  UpperEntry& put(std::string_view path, Entry entry, int32_t copied_from = -1);
  void erase_upper(std::string_view path);
  void copy_up_above(std::string_view path);
  UpperEntry& copy_up(const Place& place, WriteResult& result);
  template <class F>
  WriteResult modify(const Place& place, F change);
  void make(std::string_view path, Entry entry);
  void take_away(std::string_view path);
  void white_out(std::string_view path);
  WriteResult overwrite(std::string_view path, const engine::Ref<Content>& content, uint16_t mode);
  [[nodiscard]] engine::Error check_rename(const Place& from, const Place& to) const;
  void move_subtree(std::string_view from, std::string_view to);

  engine::Ref<LayerStack> lower_;
  std::unique_ptr<Upper> upper_;
  bool read_only_ = false;
};

}  // namespace sim::container

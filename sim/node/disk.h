// sim/node/disk.h: a machine's disk: files that survive a crash as far as they were synced.
//
// Concept: a write changes what readers see at once and is remembered as unsynced; sync() makes all
// of a file's writes durable. When power is lost, each unsynced write is kept, lost, or torn at a
// sector, as the seed says, in any combination. Operations queue: one at a time, each with its
// latency. Faults: errors, reads of corrupted bytes, a full or slow disk.
// Not modelled: directories' own durability (creating, renaming and removing a file is atomic and
// durable at once); a page cache with its own size; several queues.
// Source: Pillai et al., "All File Systems Are Not Created Equal" (OSDI 2014), for what crashes do.

#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "engine/sync/error.h"
#include "engine/task/go.h"
#include "engine/world/choice.h"

namespace sim::node {

struct DiskOptions {
  engine::Duration read_latency = 100 * engine::kMicrosecond;
  engine::Duration write_latency = 20 * engine::kMicrosecond;
  engine::Duration sync_latency = engine::kMillisecond;
  int64_t bytes_per_second = 500'000'000;
  int64_t capacity_bytes = int64_t{64} << 30;
  /// Operations in a million that fail, and reads in a million of which one bit is wrong.
  uint32_t error_ppm = 0;
  uint32_t corrupt_ppm = 0;
  /// Each operation takes so many times its time.
  uint32_t slowness = 1;
};

inline constexpr engine::Sentinel kNoSuchFile("no such file or directory");
inline constexpr engine::Sentinel kNoSpace("no space left on device");
inline constexpr engine::Sentinel kIoError("input/output error");

class Disk;

/// An operation of a disk. Suspends until the disk has done it; gives how it ended.
class [[nodiscard]] DiskOp : public engine::Await<DiskOp> {
 public:
  enum class Kind : uint8_t { kRead, kWrite, kSync };
  struct Result {
    std::string data;  // of a read; shorter at the end of the file
    engine::Error error;
  };

  DiskOp(Disk& disk, Kind kind, std::string_view file, uint64_t offset, uint64_t length,
         std::string data);
  bool attempt();
  Result await_resume() { return std::move(result_); }

 private:
  friend class Disk;
  struct Done : engine::Alarm {
    Done() : Alarm(ring) {}
    engine::Goroutine* task = nullptr;
  };
  static void ring(engine::Alarm& alarm) {
    engine::scheduler().ready_to_retry(*static_cast<Done&>(alarm).task);
  }
  static bool always(const WaitOp&) { return true; }
  static constexpr engine::OpKind kKind = {
      .attempt = attempt_of, .reason = engine::WaitReason::kSyscall, .wakes_by_itself = always};
  Disk& disk_;
  std::string file_;
  std::string data_;
  uint64_t offset_;
  uint64_t length_;
  Result result_;
  Done done_;
  Kind kind_;
  bool queued_ = false;
};

class Disk {
 public:
  Disk(engine::EntityKey key, uint32_t machine, const DiskOptions& options)
      : key_(key), machine_(machine), options_(options) {}

  /// Bytes of `file` from `offset` on.
  DiskOp read(std::string_view file, uint64_t offset, uint64_t length) {
    return {*this, DiskOp::Kind::kRead, file, offset, length, {}};
  }
  /// Writes at `offset`, creating the file if need be. Durable only once synced.
  DiskOp write(std::string_view file, uint64_t offset, std::string data) {
    return {*this, DiskOp::Kind::kWrite, file, offset, 0, std::move(data)};
  }
  /// All writes to `file` so far are durable when it returns. Source: POSIX, fsync.
  DiskOp sync(std::string_view file) { return {*this, DiskOp::Kind::kSync, file, 0, 0, {}}; }
  /// Atomic and durable at once. Never suspends.
  engine::Error rename(std::string_view from, std::string_view to);
  engine::Error remove(std::string_view file);
  engine::Error truncate(std::string_view file, uint64_t length);

  [[nodiscard]] bool exists(std::string_view file) const { return files_.contains(file); }
  [[nodiscard]] uint64_t size(std::string_view file) const;
  [[nodiscard]] std::vector<std::string> files() const;
  [[nodiscard]] uint64_t used_bytes() const;
  [[nodiscard]] uint64_t unsynced_writes() const;

  DiskOptions& options() { return options_; }
  /// What was not synced is decided: kept, lost or torn.
  void lose_power();

 private:
  friend class DiskOp;
  static constexpr uint64_t kSectorBytes = 512;
  struct Write {
    uint64_t offset;
    std::string data;
  };
  struct File {
    std::string content;  // as readers see it
    std::string durable;
    std::vector<Write> unsynced;
  };
  engine::Instant enqueue(const DiskOp& op);
  void complete(DiskOp& op);
  static void apply(std::string& content, uint64_t offset, std::string_view data);

  engine::EntityKey key_;
  uint32_t machine_;
  DiskOptions options_;
  std::map<std::string, File, std::less<>> files_;
  engine::Instant free_at_;
};

}  // namespace sim::node

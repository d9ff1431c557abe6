#include "sim/node/disk.h"

#include <algorithm>

namespace sim::node {
namespace {

constexpr uint32_t kMillion = 1'000'000;

}  // namespace

DiskOp::DiskOp(Disk& disk, Kind kind, std::string_view file, uint64_t offset, uint64_t length,
               std::string data)
    : Await(kKind),
      disk_(disk),
      file_(file),
      data_(std::move(data)),
      offset_(offset),
      length_(length),
      kind_(kind) {}

bool DiskOp::attempt() {
  engine::WorldState& w = engine::here();
  if (w.muted) return false;
  if (!queued_) {
    queued_ = true;
    done_.task = &engine::current_goroutine();
    w.queue.set(done_, disk_.enqueue(*this), w.cause);
    return false;
  }
  disk_.complete(*this);
  return true;
}

engine::Instant Disk::enqueue(const DiskOp& op) {
  engine::Duration latency = op.kind_ == DiskOp::Kind::kRead    ? options_.read_latency
                             : op.kind_ == DiskOp::Kind::kWrite ? options_.write_latency
                                                                : options_.sync_latency;
  const auto bytes = static_cast<int64_t>(std::max<uint64_t>(op.length_, op.data_.size()));
  latency.ns += bytes * engine::kSecond.ns / std::max<int64_t>(options_.bytes_per_second, 1);
  free_at_ = std::max(free_at_, engine::here().now) + latency * options_.slowness;
  return free_at_;
}

void Disk::apply(std::string& content, uint64_t offset, std::string_view data) {
  const uint64_t end = offset + data.size();
  if (content.size() < end) content.resize(static_cast<size_t>(end));
  content.replace(static_cast<size_t>(offset), data.size(), data);
}

void Disk::complete(DiskOp& op) {
  const auto log = [&](std::string_view outcome) {
    uint64_t hash = engine::combine(engine::hash_bytes(op.file_), op.offset_);
    hash = engine::combine(hash, engine::hash_bytes(op.data_));
    engine::emit(engine::EventKind::kDisk, machine_, static_cast<uint32_t>(op.kind_),
                 engine::combine(hash, engine::hash_bytes(outcome)));
  };
  const auto fail = [&](const engine::Sentinel& error) {
    op.result_.error = error;
    log(error.text());
  };
  if (options_.error_ppm > 0 &&
      engine::choose(engine::ChoiceKind::kDisk, key_, kMillion) < options_.error_ppm) {
    return fail(kIoError);
  }
  const auto found = files_.find(op.file_);
  if (op.kind_ == DiskOp::Kind::kWrite) {
    const uint64_t end = op.offset_ + op.data_.size();
    const uint64_t held = found == files_.end() ? 0 : found->second.content.size();
    const uint64_t growth = end > held ? end - held : 0;
    if (used_bytes() + growth > static_cast<uint64_t>(options_.capacity_bytes)) {
      return fail(kNoSpace);
    }
    File& file = files_[op.file_];
    apply(file.content, op.offset_, op.data_);
    file.unsynced.push_back({op.offset_, op.data_});
    return log({});
  }
  if (found == files_.end()) return fail(kNoSuchFile);
  File& file = found->second;
  if (op.kind_ == DiskOp::Kind::kSync) {
    file.durable = file.content;
    file.unsynced.clear();
    return log({});
  }
  if (op.offset_ < file.content.size()) {
    op.result_.data =
        file.content.substr(static_cast<size_t>(op.offset_), static_cast<size_t>(op.length_));
  }
  if (options_.corrupt_ppm > 0 && !op.result_.data.empty() &&
      engine::choose(engine::ChoiceKind::kDisk, key_, kMillion) < options_.corrupt_ppm) {
    const auto bits = static_cast<uint32_t>(op.result_.data.size()) * 8;
    const uint32_t bit = engine::choose(engine::ChoiceKind::kDisk, key_, bits);
    char& damaged = op.result_.data[bit / 8];
    damaged = static_cast<char>(damaged ^ (1 << bit % 8));
  }
  log(op.result_.data);
}

engine::Error Disk::rename(std::string_view from, std::string_view to) {
  if (engine::here().muted) return nullptr;
  const auto found = files_.find(from);
  if (found == files_.end()) return kNoSuchFile;
  File moved = std::move(found->second);
  files_.erase(found);
  files_.insert_or_assign(std::string(to), std::move(moved));
  return nullptr;
}

engine::Error Disk::remove(std::string_view file) {
  if (engine::here().muted) return nullptr;
  const auto found = files_.find(file);
  if (found == files_.end()) return kNoSuchFile;
  files_.erase(found);
  return nullptr;
}

engine::Error Disk::truncate(std::string_view file, uint64_t length) {
  if (engine::here().muted) return nullptr;
  const auto found = files_.find(file);
  if (found == files_.end()) return kNoSuchFile;
  found->second.content.resize(static_cast<size_t>(length));
  found->second.durable = found->second.content;
  found->second.unsynced.clear();
  return nullptr;
}

uint64_t Disk::size(std::string_view file) const {
  const auto found = files_.find(file);
  return found == files_.end() ? 0 : found->second.content.size();
}

std::vector<std::string> Disk::files() const {
  std::vector<std::string> names;
  for (const auto& [name, file] : files_) names.push_back(name);
  return names;
}

uint64_t Disk::used_bytes() const {
  uint64_t sum = 0;
  for (const auto& [name, file] : files_) sum += file.content.size();
  return sum;
}

uint64_t Disk::unsynced_writes() const {
  uint64_t sum = 0;
  for (const auto& [name, file] : files_) sum += file.unsynced.size();
  return sum;
}

void Disk::lose_power() {
  enum Fate : uint32_t { kKept, kLost, kTorn, kFates };
  for (auto& [name, file] : files_) {
    for (const Write& write : file.unsynced) {
      const uint32_t fate = engine::choose(engine::ChoiceKind::kDisk, key_, kFates);
      std::string_view data = write.data;
      if (fate == kLost) continue;
      if (fate == kTorn) {
        // Whole sectors up to some point arrived.
        const uint64_t first = write.offset / kSectorBytes;
        const uint64_t last = (write.offset + data.size() + kSectorBytes - 1) / kSectorBytes;
        const auto sectors = static_cast<uint32_t>(std::max<uint64_t>(last - first, 1));
        const uint32_t arrived = engine::choose(engine::ChoiceKind::kDisk, key_, sectors);
        const uint64_t end = (first + arrived) * kSectorBytes;
        data = data.substr(0, end > write.offset ? static_cast<size_t>(end - write.offset) : 0);
        if (data.empty()) continue;
      }
      apply(file.durable, write.offset, data);
    }
    file.unsynced.clear();
    file.content = file.durable;
  }
  free_at_ = {};
}

}  // namespace sim::node

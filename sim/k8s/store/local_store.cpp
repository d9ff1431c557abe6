#include "sim/k8s/store/local_store.h"

#include <algorithm>
#include <memory>
#include <utility>

#include "engine/sync/context.h"
#include "engine/task/print.h"
#include "engine/world/local.h"
#include "sim/k8s/api/object.h"

namespace sim::k8s {
namespace {

json::Value with_revision(const json::Value& value, int64_t revision) {
  std::string text;
  engine::append_operand(text, revision);
  return value.with_in({"metadata", "resourceVersion"}, text);
}

}  // namespace

/// Reads the store's log from where it is.
class LocalStore::Watch final : public StoreWatch, public engine::ListNode<StoreWatchTag> {
 public:
  Watch(LocalStore& store, std::string prefix, int64_t revision)
      : store_(store), prefix_(std::move(prefix)), revision_(revision), handled_(revision) {}

  engine::Task<Next> next() override {
    const engine::Ref<Watch> self(this);
    Next out;
    handled_ = revision_;
    while (!stopped_) {
      const uint64_t seen = changed_.count();
      if (revision_ < store_.oldest()) {
        out.error = kCompacted;
        co_return out;
      }
      // The log has one change for each revision.
      const size_t begin = static_cast<size_t>(revision_ - store_.oldest());
      for (size_t i = begin; i < store_.log_.size(); ++i) {
        const StoreEvent& event = store_.log_[i];
        if (event.key.starts_with(prefix_)) out.events.push_back(event);
      }
      revision_ = store_.revision_;
      has_news_ = false;
      if (!out.events.empty()) co_return out;
      handled_ = revision_;
      is_idle_ = true;
      co_await changed_.wait(seen);
      is_idle_ = false;
    }
    out.error = engine::kCanceled;
    co_return out;
  }
  [[nodiscard]] int64_t caught_up_to() const override {
    return is_idle_ && !has_news_ ? store_.revision_ : handled_;
  }
  void stop() override {
    stopped_ = true;
    unlink();
    changed_.advance();
  }
  void tell(const std::string& key) {
    if (key.starts_with(prefix_)) tell();
  }
  void tell() {
    has_news_ = true;
    changed_.advance();
  }

 private:
  LocalStore& store_;
  std::string prefix_;
  int64_t revision_;  // up to which it has told
  int64_t handled_;   // what was told by the call before
  bool is_idle_ = false;
  bool has_news_ = false;
  engine::EventCount changed_{"store watch"};
  bool stopped_ = false;
};

engine::Task<Store::Got> LocalStore::get(std::string key) {
  Got got;
  const auto found = objects_.find(key);
  if (found != objects_.end()) got.value = found->second;
  co_return got;
}

engine::Task<Store::Listed> LocalStore::list(std::string prefix) {
  Listed listed;
  listed.revision = revision_;
  for (auto at = objects_.lower_bound(prefix);
       at != objects_.end() && at->first.starts_with(prefix); ++at) {
    listed.items.push_back(at->second);
  }
  co_return listed;
}

engine::Task<Store::Written> LocalStore::put(std::string key, json::Value value, int64_t expected) {
  Written written;
  if (engine::here().muted) co_return written;
  const auto found = objects_.find(key);
  const json::Value before = found == objects_.end() ? json::Value() : found->second;
  if (expected != (before ? resource_version_of(before) : 0)) {
    written.value = before;
    written.conflict = true;
    co_return written;
  }
  written.value = with_revision(value, ++revision_);
  objects_.insert_or_assign(key, written.value);
  record({std::move(key), written.value, before, revision_, false});
  co_return written;
}

engine::Task<Store::Written> LocalStore::remove(std::string key, int64_t expected) {
  Written written;
  if (engine::here().muted) co_return written;
  const auto found = objects_.find(key);
  if (found == objects_.end() || resource_version_of(found->second) != expected) {
    if (found != objects_.end()) written.value = found->second;
    written.conflict = true;
    co_return written;
  }
  const json::Value before = found->second;
  objects_.erase(found);
  written.value = with_revision(before, ++revision_);
  record({std::move(key), written.value, before, revision_, true});
  co_return written;
}

engine::Ref<StoreWatch> LocalStore::watch(std::string prefix, int64_t revision) {
  auto* watch = new Watch(*this, std::move(prefix), revision);
  watches_.push_back(*watch);
  return engine::Ref<StoreWatch>(watch);
}

void LocalStore::record(StoreEvent event) {
  if (observer_ != nullptr) observer_->written(event);
  log_.push_back(std::move(event));
  if (log_.size() > kept_) log_.pop_front();
  for (Watch& watch : watches_) watch.tell(log_.back().key);
}

void LocalStore::compact(int64_t revision) {
  while (!log_.empty() && log_.front().revision <= revision) log_.pop_front();
  for (Watch& watch : watches_) watch.tell();
}

namespace {

struct Stores : engine::WorldLocal {
  std::map<uint32_t, std::unique_ptr<LocalStore>> by_machine;
};

}  // namespace

LocalStore& store_of_machine(uint32_t machine) {
  std::unique_ptr<LocalStore>& store = engine::world_local<Stores>().by_machine[machine];
  if (!store) store = std::make_unique<LocalStore>();
  return *store;
}

}  // namespace sim::k8s

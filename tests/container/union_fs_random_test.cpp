// tests/container/union_fs_random_test.cpp: random operations on a union of layers, and on a model
// of one flat tree of files that knows no layers; both must answer and look the same.

#include <catch_amalgamated.hpp>

#include <algorithm>
#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "sim/container/union_fs.h"

namespace {

using namespace sim::container;
using Lines = std::vector<std::string>;

/// Knuth's linear congruential generator (MMIX); its high bits.
class Random {
 public:
  explicit Random(uint64_t seed) : state_(seed) {}
  uint32_t below(uint32_t n) {
    state_ = state_ * 6364136223846793005U + 1442695040888963407U;
    return static_cast<uint32_t>((state_ >> 33) % n);
  }
  bool one_in(uint32_t n) { return below(n) == 0; }

 private:
  uint64_t state_;
};

struct Node {
  EntryKind kind = EntryKind::kFile;
  std::string text;  // of a file, or what a link names
  uint16_t mode = 0;
  /// A file: its bytes are the container's own. A directory: of none of the layers.
  bool own = true;
  /// The path of the image's file whose bytes it still has.
  std::string origin;
  [[nodiscard]] bool is_directory() const { return kind == EntryKind::kDirectory; }
  [[nodiscard]] int64_t size() const {
    return is_directory() ? 0 : static_cast<int64_t>(text.size());
  }
};

bool within(std::string_view path, std::string_view directory) {
  return path == directory || is_below(path, directory);
}

/// What an operation answered: its error, or the bytes copied up.
using Answer = std::string;

class Model {
 public:
  Model() { nodes_["/"] = {EntryKind::kDirectory, "", 0755, false, ""}; }

  /// Everything is the image's now.
  void rebase() {
    for (auto& [path, node] : nodes_) {
      node.own = false;
      node.origin = path;
    }
    base_ = nodes_;
  }

  Answer write(std::string_view path, std::string text) {
    const Spot spot = find(path, true);
    if (spot.error) return spot.error;
    if (Node* const node = at(spot.path)) {
      if (node->is_directory()) return "is a directory";
      node->text = std::move(text);
      node->own = true;
      node->origin.clear();
    } else {
      nodes_[spot.path] = {EntryKind::kFile, std::move(text), kFileMode, true, ""};
    }
    return "0";
  }
  Answer create(std::string_view path) {
    return make(path, {EntryKind::kFile, "", kFileMode, true, ""});
  }
  Answer mkdir(std::string_view path) {
    return make(path, {EntryKind::kDirectory, "", kDirectoryMode, true, ""});
  }
  Answer symlink(std::string target, std::string_view path) {
    return make(path, {EntryKind::kSymlink, std::move(target), kSymlinkMode, true, ""});
  }
  Answer write_at(std::string_view path, std::size_t offset, std::string_view bytes) {
    return change(path, [&](Node& node) {
      if (bytes.empty()) return;
      if (node.text.size() < offset + bytes.size()) node.text.resize(offset + bytes.size());
      node.text.replace(offset, bytes.size(), bytes);
      node.origin.clear();
    });
  }
  Answer append(std::string_view path, std::string_view bytes) {
    const Spot spot = find(path, true);
    if (!spot.error && at(spot.path) == nullptr) return write(path, std::string(bytes));
    return change(path, [&](Node& node) {
      node.text += bytes;
      if (!bytes.empty()) node.origin.clear();
    });
  }
  Answer truncate(std::string_view path, std::size_t size) {
    return change(path, [&](Node& node) {
      node.text.resize(size);
      node.origin.clear();
    });
  }
  Answer chmod(std::string_view path, uint16_t mode) {
    const Spot spot = find(path, true);
    if (spot.error) return spot.error;
    Node* const node = at(spot.path);
    if (node == nullptr) return "no such file or directory";
    node->mode = mode;
    return node->is_directory() ? "0" : copied(*node);
  }
  Answer remove(std::string_view path) {
    const Spot spot = find(path, false);
    if (spot.error) return spot.error;
    if (spot.path == "/") return "device or resource busy";
    if (at(spot.path) == nullptr) return "no such file or directory";
    if (!is_empty(spot.path)) return "directory not empty";
    erase(spot.path);
    return "0";
  }
  Answer remove_all(std::string_view path) {
    const Spot spot = find(path, false);
    if (spot.error) {
      return std::string_view(spot.error) == "no such file or directory" ? "0" : spot.error;
    }
    if (spot.path == "/") return "device or resource busy";
    erase(spot.path);
    return "0";
  }
  Answer rename(std::string_view from, std::string_view to) {
    const Spot source = find(from, false);
    const Spot target = find(to, false);
    if (source.error) return source.error;
    if (target.error) return target.error;
    if (source.path == "/" || target.path == "/") return "device or resource busy";
    Node* const moving = at(source.path);
    if (moving == nullptr) return "no such file or directory";
    if (is_below(target.path, source.path)) return "invalid argument";
    if (is_below(source.path, target.path)) return "directory not empty";
    if (source.path == target.path) return "0";
    const Node* const there = at(target.path);
    if (there != nullptr && there->is_directory() != moving->is_directory()) {
      return there->is_directory() ? "is a directory" : "not a directory";
    }
    if (moving->is_directory() && !moving->own) return "invalid cross-device link";
    if (!is_empty(target.path)) return "directory not empty";
    const Answer answer = moving->is_directory() ? "0" : copied(*moving);
    erase(target.path);
    std::map<std::string, Node> moved;
    for (const auto& [path, node] : nodes_) {
      if (within(path, source.path)) moved[target.path + path.substr(source.path.size())] = node;
    }
    erase(source.path);
    nodes_.merge(moved);
    return answer;
  }

  /// Each path with what is there, in the order of PathLess.
  [[nodiscard]] Lines view() const {
    std::map<std::string, std::string, PathLess> lines;
    for (const auto& [path, node] : nodes_)
      lines[path] = line(path, node.kind, node.mode, node.text);
    Lines out;
    for (auto& [path, text] : lines) out.push_back(text);
    return out;
  }
  static std::string line(std::string_view path, EntryKind kind, uint16_t mode,
                          std::string_view text) {
    std::string out(path);
    out += " " + std::to_string(static_cast<int>(kind)) + " " + std::to_string(mode) + " ";
    out += text;
    return out;
  }

  [[nodiscard]] int64_t own_bytes() const {
    int64_t bytes = 0;
    for (const auto& [path, node] : nodes_) {
      if (node.own) bytes += node.size();
    }
    return bytes;
  }

  [[nodiscard]] Lines changes() const {
    std::set<std::string, PathLess> paths;
    for (const auto& [path, node] : nodes_) paths.insert(path);
    for (const auto& [path, node] : base_) paths.insert(path);
    paths.erase("/");
    std::map<std::string, char, PathLess> kinds;
    for (const std::string& path : paths) {
      const auto now = nodes_.find(path);
      const auto before = base_.find(path);
      const std::string above(parent_path(path));
      char kind = 0;
      if (now == nodes_.end()) {
        // Below something that is no directory any more, nothing is told.
        const auto parent = nodes_.find(above);
        if (parent != nodes_.end() && parent->second.is_directory()) kind = 'D';
      } else if (before == base_.end()) {
        kind = 'A';
      } else if (now->second.kind != before->second.kind ||
                 now->second.mode != before->second.mode ||
                 (!now->second.is_directory() && now->second.origin != path)) {
        kind = 'C';
      }
      if (kind == 0) continue;
      kinds[path] = kind;
      for (std::string_view up = above; up != "/"; up = parent_path(up)) {
        kinds.try_emplace(std::string(up), 'C');
      }
    }
    Lines out;
    for (const auto& [path, kind] : kinds) out.push_back(std::string(1, kind) + " " + path);
    return out;
  }

 private:
  struct Spot {
    std::string path;
    const char* error = nullptr;
  };

  Node* at(const std::string& path) {
    const auto found = nodes_.find(path);
    return found == nodes_.end() ? nullptr : &found->second;
  }

  static void push(Lines& todo, std::string_view path) {
    Lines parts;
    while (!path.empty()) {
      const std::size_t slash = std::min(path.find('/'), path.size());
      if (slash > 0) parts.emplace_back(path.substr(0, slash));
      path.remove_prefix(std::min(slash + 1, path.size()));
    }
    todo.insert(todo.end(), parts.rbegin(), parts.rend());
  }

  Spot find(std::string_view path, bool follow) {
    Lines todo;  // backwards
    push(todo, path);
    std::string here;
    for (int links = 0; !todo.empty();) {
      const std::string part = todo.back();
      todo.pop_back();
      if (part == "..") {
        here.resize(here.empty() ? 0 : here.rfind('/'));
        continue;
      }
      const std::string next = here + "/" + part;
      const Node* const node = at(next);
      if (node == nullptr && !todo.empty()) return {"", "no such file or directory"};
      if (node != nullptr && node->kind == EntryKind::kSymlink && (follow || !todo.empty())) {
        if (++links > 40) return {"", "too many levels of symbolic links"};
        if (node->text.starts_with('/')) here.clear();
        push(todo, node->text);
        continue;
      }
      if (!todo.empty() && !node->is_directory()) return {"", "not a directory"};
      here = next;
    }
    return {here.empty() ? "/" : here, nullptr};
  }

  Answer make(std::string_view path, Node node) {
    const Spot spot = find(path, false);
    if (spot.error) return spot.error;
    if (at(spot.path) != nullptr) return "file exists";
    nodes_[spot.path] = std::move(node);
    return "0";
  }

  template <class F>
  Answer change(std::string_view path, F with) {
    const Spot spot = find(path, true);
    if (spot.error) return spot.error;
    Node* const node = at(spot.path);
    if (node == nullptr) return "no such file or directory";
    if (node->is_directory()) return "is a directory";
    Answer answer = copied(*node);
    with(*node);
    return answer;
  }

  /// Makes the file or link the container's own.
  static Answer copied(Node& node) {
    const bool copies = !node.own && node.kind == EntryKind::kFile;
    node.own = true;
    return copies ? std::to_string(node.size()) : "0";
  }

  bool is_empty(const std::string& path) {
    return std::none_of(nodes_.begin(), nodes_.end(),
                        [&](const auto& item) { return is_below(item.first, path); });
  }
  void erase(const std::string& path) {
    std::erase_if(nodes_, [&](const auto& item) { return within(item.first, path); });
  }

  std::map<std::string, Node> nodes_;
  std::map<std::string, Node> base_;
};

void append_view(const UnionFs& files, const std::string& path, Lines& out) {
  const StatResult found = files.lstat(path);
  REQUIRE_FALSE(found.error);
  const Stat& stat = found.stat;
  std::string text = stat.target;
  if (stat.kind == EntryKind::kFile) text = files.read(path).bytes;
  if (stat.kind != EntryKind::kDirectory) {
    CHECK(stat.size == static_cast<int64_t>(text.size()));
  }
  out.push_back(Model::line(path, stat.kind, stat.mode, text));
  if (stat.kind != EntryKind::kDirectory) return;
  for (const DirEntry& entry : files.list(path).entries) {
    const std::string child = join_path(path, entry.name);
    CHECK(entry.stat.layer == files.lstat(child).stat.layer);
    append_view(files, child, out);
  }
}

Lines view(const UnionFs& files) {
  Lines out;
  append_view(files, "/", out);
  return out;
}

Lines changes(const UnionFs& files) {
  Lines out;
  for (const Change& change : files.changes()) out.push_back(change.text());
  return out;
}

Answer answer_of(const WriteResult& result) {
  return result.error ? result.error.message() : std::to_string(result.copied_up_bytes);
}

std::string random_path(Random& random) {
  constexpr std::string_view kNames[] = {"a", "b", "a-", "c"};
  std::string path;
  for (uint32_t depth = 1 + random.below(3); depth > 0; --depth) {
    path += '/';
    path += random.one_in(40) ? std::string_view("..") : kNames[random.below(4)];
  }
  return path;
}

std::string random_text(Random& random) {
  return std::string(random.below(6), static_cast<char>('0' + random.below(10)));
}

/// Does the same to both; gives what both answered, which must be the same.
std::pair<Answer, Answer> step(Random& random, UnionFs& files, Model& model) {
  const uint32_t kind = random.below(13);
  const std::string path = random_path(random);
  switch (kind) {
    case 0:
      return {answer_of(files.create(path)), model.create(path)};
    case 1: {
      const std::string text = random_text(random);
      return {answer_of(files.write(path, text)), model.write(path, text)};
    }
    case 2: {
      const uint32_t offset = random.below(8);
      const std::string text = random_text(random);
      return {answer_of(files.write_at(path, offset, text)), model.write_at(path, offset, text)};
    }
    case 3: {
      const std::string text = random_text(random);
      return {answer_of(files.append(path, text)), model.append(path, text)};
    }
    case 4: {
      const uint32_t size = random.below(8);
      return {answer_of(files.truncate(path, size)), model.truncate(path, size)};
    }
    case 5: {
      const auto mode = static_cast<uint16_t>(0700 + random.below(3));
      return {answer_of(files.chmod(path, mode)), model.chmod(path, mode)};
    }
    case 6:
    case 7:
      return {answer_of(files.mkdir(path)), model.mkdir(path)};
    case 8: {
      std::string target = random_path(random);
      if (random.one_in(2)) target.erase(0, 1);
      return {answer_of(files.symlink(target, path)), model.symlink(target, path)};
    }
    case 9:
      return {answer_of(files.remove(path)), model.remove(path)};
    case 10:
      return {answer_of(files.remove_all(path)), model.remove_all(path)};
    default: {
      const std::string to = random_path(random);
      return {answer_of(files.rename(path, to)), model.rename(path, to)};
    }
  }
}

void compare(const UnionFs& files, const Model& model) {
  CHECK(view(files) == model.view());
  CHECK(changes(files) == model.changes());
  CHECK(files.upper_bytes() == model.own_bytes());
}

/// A run of operations, now and then committed and gone on with from the next layer.
void run(uint64_t seed, std::map<Answer, int>& answers) {
  constexpr int kSteps = 600;
  constexpr std::size_t kMostLayers = 6;
  CAPTURE(seed);
  Random random(seed);
  std::vector<engine::Ref<Layer>> layers;
  engine::Ref<LayerStack> lower(new LayerStack(layers));
  Model model;
  model.rebase();
  UnionFs files(lower);
  Lines begun = model.view();
  for (int i = 0; i < kSteps; ++i) {
    CAPTURE(i);
    const auto [theirs, ours] = step(random, files, model);
    REQUIRE(theirs == ours);
    ++answers[ours.find_first_not_of("0123456789") == Answer::npos ? "done" : ours];
    if (i % 10 == 0) compare(files, model);
    if (!random.one_in(40) || layers.size() == kMostLayers) continue;
    compare(files, model);
    layers.push_back(files.commit());
    engine::Ref<LayerStack> next(new LayerStack(layers));
    REQUIRE(view(UnionFs(next)) == model.view());
    // The layers below are what they were.
    REQUIRE(view(UnionFs(lower)) == begun);
    if (random.one_in(4)) {  // go on with what is open, whose content the commit shares now
      layers.pop_back();
      continue;
    }
    lower = next;
    files = UnionFs(lower);
    model.rebase();
    begun = model.view();
  }
  compare(files, model);
}

}  // namespace

TEST_CASE("random operations on a union of layers do what they do to one tree of files") {
  constexpr uint64_t kFirstSeed = 1;
  constexpr uint64_t kSeeds = 200;
  std::map<Answer, int> answers;
  for (uint64_t seed = kFirstSeed; seed < kFirstSeed + kSeeds; ++seed) run(seed, answers);
  // Each kind of answer was met, so that the runs are worth something.
  for (const std::string_view answer :
       {"done", "no such file or directory", "is a directory", "not a directory", "file exists",
        "directory not empty", "invalid cross-device link", "invalid argument",
        "device or resource busy", "too many levels of symbolic links"}) {
    CAPTURE(answer);
    CHECK(answers[std::string(answer)] > 0);
  }
}

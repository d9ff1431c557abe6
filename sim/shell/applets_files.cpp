// sim/shell/applets_files.cpp: cat, cp, ls, mkdir, mv, rm, touch.

#include <algorithm>

#include "sim/container/path.h"
#include "sim/shell/applet.h"

namespace sim::shell {
namespace {

using container::FileRead;
using container::ListResult;
using container::Stat;
using container::StatResult;
using container::UnionFs;
using Seen = container::Container::Seen;

// The letters of a call's options and its other words.
struct Words {
  std::string options;
  std::vector<std::string> rest;
  [[nodiscard]] bool has(char option) const { return options.find(option) != std::string::npos; }
};

Words split(const Call& call) {
  Words out;
  bool ended = false;
  for (size_t i = 1; i < call.words.size(); ++i) {
    const std::string& word = call.words[i];
    if (!ended && word == "--") {
      ended = true;
    } else if (!ended && word.size() > 1 && word[0] == '-') {
      out.options += word.substr(1);
    } else {
      out.rest.push_back(word);
    }
  }
  return out;
}

int complain(const Call& call, std::string_view what, const engine::Error& error) {
  std::string text(what);
  text += ": ";
  text += error_text(error);
  return call.fail(text);
}

StatResult stat_of(const Session& session, std::string_view path, bool follows = true) {
  const Seen seen = session.files_at(path);
  return follows ? seen.files->stat(seen.inside) : seen.files->lstat(seen.inside);
}

bool is_directory(const Session& session, std::string_view path) {
  const StatResult found = stat_of(session, path);
  return !found.error && found.stat.kind == container::EntryKind::kDirectory;
}

// Where a file goes whose target may be a directory.
std::string target_in(const Session& session, const std::string& target, std::string_view source) {
  const std::string absolute = session.absolute(target);
  if (!is_directory(session, absolute)) return absolute;
  return container::join_path(absolute, container::base_name(session.absolute(source)));
}

engine::Error write_file(const Session& session, std::string_view path, const std::string& bytes,
                         uint16_t mode) {
  const Seen seen = session.files_at(path);
  if (seen.read_only) return container::kReadOnly;
  return seen.files->write(seen.inside, bytes, mode).error;
}

engine::Error copy_file(const Session& session, const std::string& from, const std::string& to) {
  const StatResult stat = stat_of(session, from);
  if (stat.error) return stat.error;
  const FileRead read = session.read(from);
  if (read.error) return read.error;
  return write_file(session, to, read.bytes, stat.stat.mode);
}

engine::Error copy_tree(const Session& session, const std::string& from, const std::string& to) {
  if (!is_directory(session, from)) return copy_file(session, from, to);
  const Seen made = session.files_at(to);
  if (made.read_only) return container::kReadOnly;
  const engine::Error error = made.files->make_directories(made.inside).error;
  if (error) return error;
  const Seen seen = session.files_at(from);
  for (const container::DirEntry& entry : seen.files->list(seen.inside).entries) {
    const engine::Error inner = copy_tree(session, container::join_path(from, entry.name),
                                          container::join_path(to, entry.name));
    if (inner) return inner;
  }
  return nullptr;
}

engine::Error remove_tree(const Session& session, std::string_view path) {
  const Seen seen = session.files_at(path);
  return seen.read_only ? engine::Error(container::kReadOnly)
                        : seen.files->remove_all(seen.inside).error;
}

void append_padded(std::string& out, std::string_view text, size_t width) {
  out.append(width - std::min(width, text.size()), ' ');
  out += text;
}

std::string mode_text(const Stat& stat) {
  std::string out = stat.kind == container::EntryKind::kDirectory ? "d"
                    : stat.kind == container::EntryKind::kSymlink ? "l"
                                                                  : "-";
  constexpr std::string_view kLetters = "rwxrwxrwx";
  for (size_t i = 0; i < kLetters.size(); ++i) {
    out += (stat.mode >> (8 - i) & 1) != 0 ? kLetters[i] : '-';
  }
  return out;
}

std::string long_line(const std::string& name, const Stat& stat) {
  std::string out = mode_text(stat);
  out += stat.kind == container::EntryKind::kDirectory ? "    2" : "    1";
  out += " root     root     ";
  std::string size;
  engine::append_operand(size, stat.kind == container::EntryKind::kDirectory ? 4096 : stat.size);
  append_padded(out, size, 9);
  // Times of files are not modelled: all are as old as the world.
  out += " Jan  1 00:00 " + name;
  if (stat.kind == container::EntryKind::kSymlink) out += " -> " + stat.target;
  out += '\n';
  return out;
}

void list_directory(const Call& call, const Words& words, const std::string& path,
                    std::string& out) {
  const Seen seen = call.session->files_at(path);
  std::string lines;
  int64_t kibibytes = 0;
  for (const container::DirEntry& entry : seen.files->list(seen.inside).entries) {
    if (entry.name.starts_with('.') && !words.has('a') && !words.has('A')) continue;
    kibibytes += entry.stat.kind == container::EntryKind::kFile
                     ? (entry.stat.size + 4095) / 4096 * 4
                 : entry.stat.kind == container::EntryKind::kDirectory ? 4
                                                                       : 0;
    lines += words.has('l') ? long_line(entry.name, entry.stat) : entry.name + "\n";
  }
  if (words.has('l')) {
    out += "total ";
    engine::append_operand(out, kibibytes);
    out += '\n';
  }
  out += lines;
}

}  // namespace

int run_cat(const Call& call) {
  const Words words = split(call);
  if (words.rest.empty()) call.out->write(call.input);
  int status = 0;
  for (const std::string& path : words.rest) {
    const FileRead read = path == "-" ? FileRead{call.input, nullptr} : call.session->read(path);
    if (!read.error) {
      call.out->write(read.bytes);
      continue;
    }
    const bool is_directory = engine::errors_is(read.error, container::kIsDirectory);
    status = is_directory ? call.fail("read error: Is a directory")
                          : complain(call, "can't open '" + path + "'", read.error);
  }
  return status;
}

int run_cp(const Call& call) {
  const Words words = split(call);
  if (words.rest.size() < 2) return call.fail("missing operand");
  const std::string& last = words.rest.back();
  int status = 0;
  for (size_t i = 0; i + 1 < words.rest.size(); ++i) {
    const std::string& source = words.rest[i];
    const StatResult stat = stat_of(*call.session, source);
    if (stat.error) {
      status = complain(call, "can't stat '" + source + "'", stat.error);
      continue;
    }
    const bool recurses = words.has('r') || words.has('R') || words.has('a');
    if (stat.stat.kind == container::EntryKind::kDirectory && !recurses) {
      status = call.fail("omitting directory '" + source + "'");
      continue;
    }
    const std::string to = target_in(*call.session, last, source);
    const engine::Error error = copy_tree(*call.session, call.session->absolute(source), to);
    if (error) status = complain(call, "can't create '" + to + "'", error);
  }
  return status;
}

int run_ls(const Call& call) {
  Words words = split(call);
  if (words.rest.empty()) words.rest.emplace_back(".");
  std::string files;
  std::string directories;
  int status = 0;
  for (const std::string& path : words.rest) {
    const StatResult stat = stat_of(*call.session, path, !words.has('l'));
    if (stat.error) {
      status = complain(call, path, stat.error);
    } else if (stat.stat.kind != container::EntryKind::kDirectory || words.has('d')) {
      files += words.has('l') ? long_line(path, stat.stat) : path + "\n";
    } else {
      if (words.rest.size() > 1) {
        if (!directories.empty() || !files.empty()) directories += '\n';
        directories += path + ":\n";
      }
      list_directory(call, words, path, directories);
    }
  }
  call.out->write(files + directories);
  return status;
}

int run_mkdir(const Call& call) {
  const Words words = split(call);
  if (words.rest.empty()) return call.fail("missing operand");
  int status = 0;
  for (const std::string& path : words.rest) {
    const Seen seen = call.session->files_at(path);
    engine::Error error = container::kReadOnly;
    if (!seen.read_only) {
      error = words.has('p') ? seen.files->make_directories(seen.inside).error
                             : seen.files->mkdir(seen.inside).error;
    }
    if (error) status = complain(call, "can't create directory '" + path + "'", error);
  }
  return status;
}

int run_mv(const Call& call) {
  const Words words = split(call);
  if (words.rest.size() < 2) return call.fail("missing operand");
  int status = 0;
  for (size_t i = 0; i + 1 < words.rest.size(); ++i) {
    const std::string& source = words.rest[i];
    const std::string to = target_in(*call.session, words.rest.back(), source);
    const Seen from = call.session->files_at(source);
    const Seen there = call.session->files_at(to);
    engine::Error error = container::kCrossDevice;
    if (from.read_only || there.read_only) {
      error = container::kReadOnly;
    } else if (from.files == there.files) {
      error = from.files->rename(from.inside, there.inside).error;
    }
    if (engine::errors_is(error, container::kCrossDevice)) {
      error = copy_tree(*call.session, call.session->absolute(source), to);
      if (!error) error = remove_tree(*call.session, source);
    }
    if (error) status = complain(call, "can't rename '" + source + "'", error);
  }
  return status;
}

int run_rm(const Call& call) {
  const Words words = split(call);
  const bool recurses = words.has('r') || words.has('R');
  int status = 0;
  for (const std::string& path : words.rest) {
    const StatResult stat = stat_of(*call.session, path, false);
    if (stat.error) {
      if (!words.has('f')) status = complain(call, "can't remove '" + path + "'", stat.error);
      continue;
    }
    if (stat.stat.kind == container::EntryKind::kDirectory && !recurses) {
      status = call.fail("'" + path + "' is a directory");
      continue;
    }
    const engine::Error error = remove_tree(*call.session, path);
    if (error) status = complain(call, "can't remove '" + path + "'", error);
  }
  return status;
}

int run_touch(const Call& call) {
  int status = 0;
  for (const std::string& path : split(call).rest) {
    const Seen seen = call.session->files_at(path);
    engine::Error error;
    if (seen.read_only) {
      error = container::kReadOnly;
    } else if (!is_directory(*call.session, path)) {
      error = seen.files->append(seen.inside, "").error;
    }
    if (error) status = complain(call, path, error);
  }
  return status;
}

}  // namespace sim::shell

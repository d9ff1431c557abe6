#include "sim/container/path.h"

namespace sim::container {

bool is_clean_path(std::string_view path) {
  return path.starts_with('/') && path.find('\0') == std::string_view::npos &&
         clean_path(path) == path;
}

std::string_view parent_path(std::string_view path) {
  const size_t slash = path.rfind('/');
  return path.substr(0, slash == 0 ? 1 : slash);
}

std::string_view base_name(std::string_view path) {
  return path.substr(path.rfind('/') + 1);
}

std::string join_path(std::string_view directory, std::string_view name) {
  std::string out(directory);
  if (!out.ends_with('/')) out += '/';
  out += name;
  return out;
}

std::string clean_path(std::string_view path, std::string_view base) {
  std::string out(path.starts_with('/') ? std::string_view("/") : base);
  while (!path.empty()) {
    const size_t slash = path.find('/');
    const std::string_view part = path.substr(0, slash);
    path.remove_prefix(slash == std::string_view::npos ? path.size() : slash + 1);
    if (part.empty() || part == ".") continue;
    if (part == "..") {
      out.resize(parent_path(out).size());
    } else {
      out = join_path(out, part);
    }
  }
  return out;
}

bool is_below(std::string_view path, std::string_view directory) {
  if (directory == "/") return path.size() > 1;
  return path.size() > directory.size() && path.starts_with(directory) &&
         path[directory.size()] == '/';
}

std::string after_subtree(std::string_view path) {
  // Every path begins with the least byte of all.
  if (path == "/") return "0";
  std::string out(path);
  out += '\x01';
  return out;
}

}  // namespace sim::container

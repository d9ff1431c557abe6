// sim/container/docker/commands_images.cpp: images, rmi, tag, history.

#include <utility>

#include "sim/container/docker/commands.h"
#include "sim/container/docker/listing.h"
#include "sim/container/docker/units.h"

namespace sim::container::docker {
namespace {

constexpr int kSizeDigits = 3;

std::string ago(const Cli& cli, int64_t created_s) {
  return human_duration(engine::Duration{cli.now_ns() - created_s * engine::kSecond.ns}) + " ago";
}

}  // namespace

int run_images(const Cli& cli, const Words& words) {
  constexpr Flag kFlags[] = {{"all", 'a'}, {"quiet", 'q'},         {"no-trunc"},
                             {"digests"},  {"format", '\0', true}, {"filter", 'f', true}};
  const Flags flags = read_flags(words, 1, kFlags);
  if (!flags.error.empty()) return cli.misuse(flags.error);
  Listing listing;
  listing.fields = {{"Repository", "REPOSITORY"},
                    {"Tag", "TAG"},
                    {"ID", "IMAGE ID"},
                    {"CreatedSince", "CREATED"},
                    {"Size", "SIZE"}};
  listing.columns = {0, 1, 2, 3, 4};
  const ImageStore& store = cli.runtime().images();
  const auto add = [&](const Image& image, std::string repository, std::string tag) {
    const std::string id = flags.has("no-trunc") ? image.id().text() : image.id().short_id();
    if (flags.has("quiet")) return cli.line(id);
    listing.rows.push_back({std::move(repository), std::move(tag), id,
                            ago(cli, image.config().created_s),
                            human_size(image.size_bytes(), kSizeDigits)});
  };
  for (const auto& [name, id] : store.names()) {
    const std::string repository = name.familiar_name();
    if (!flags.rest.empty() && flags.rest[0] != repository && flags.rest[0] != name.familiar()) {
      continue;
    }
    add(*store.images().at(id).image, repository, name.tag.empty() ? "<none>" : name.tag);
  }
  for (const auto& [id, record] : store.images()) {
    if (flags.rest.empty() && store.names_of(id).empty()) add(*record.image, "<none>", "<none>");
  }
  if (flags.has("quiet")) return 0;
  const Listed listed = list_rows(listing, flags.get("format"));
  cli.print(listed.error ? listed.error.message() + "\n" : listed.text);
  return listed.error ? 1 : 0;
}

int run_rmi(const Cli& cli, const Words& words) {
  constexpr Flag kFlags[] = {{"force", 'f'}, {"no-prune"}};
  const Flags flags = read_flags(words, 1, kFlags);
  if (!flags.error.empty()) return cli.misuse(flags.error);
  if (flags.rest.empty()) return cli.too_few("at least 1 argument");
  int status = 0;
  for (const std::string& name : flags.rest) {
    const RemoveResult removed = cli.runtime().images().remove(name, flags.has("force"));
    for (const std::string& line : removed.lines) cli.line(line);
    if (removed.error) status = cli.refuse(removed.error);
  }
  return status;
}

int run_tag(const Cli& cli, const Words& words) {
  if (words.size() != 3) return cli.too_few("exactly 2 arguments");
  const engine::Error error = cli.runtime().images().tag(words[1], words[2]);
  return error ? cli.refuse(error) : 0;
}

int run_history(const Cli& cli, const Words& words) {
  constexpr Flag kFlags[] = {{"no-trunc"}, {"quiet", 'q'}, {"format", '\0', true}, {"human", 'H'}};
  const Flags flags = read_flags(words, 1, kFlags);
  if (!flags.error.empty()) return cli.misuse(flags.error);
  if (flags.rest.size() != 1) return cli.too_few("exactly 1 argument");
  const FoundImage found = cli.runtime().images().find(flags.rest[0]);
  if (found.error) return cli.refuse(found.error);
  Listing listing;
  listing.fields = {{"ID", "IMAGE"},
                    {"CreatedSince", "CREATED"},
                    {"CreatedBy", "CREATED BY"},
                    {"Size", "SIZE"},
                    {"Comment", "COMMENT"}};
  listing.columns = {0, 1, 2, 3, 4};
  const bool is_whole = flags.has("no-trunc");
  const std::vector<History>& steps = found.image->config().history;
  size_t layer = found.image->layers().size();
  for (size_t i = steps.size(); i-- > 0;) {
    const History& step = steps[i];
    const bool is_last = i + 1 == steps.size();
    const std::string id = is_whole ? found.image->id().text() : found.image->id().short_id();
    int64_t bytes = 0;
    if (!step.empty_layer && layer > 0) bytes = found.image->layers()[--layer]->size_bytes();
    constexpr size_t kCommandWidth = 45;
    if (flags.has("quiet")) {
      cli.line(is_last ? id : "<missing>");
      continue;
    }
    listing.rows.push_back({is_last ? id : "<missing>", ago(cli, step.created_s),
                            is_whole ? step.created_by : ellipsis(step.created_by, kCommandWidth),
                            human_size(bytes, kSizeDigits), step.comment});
  }
  if (flags.has("quiet")) return 0;
  const Listed listed = list_rows(listing, flags.get("format"));
  cli.print(listed.error ? listed.error.message() + "\n" : listed.text);
  return listed.error ? 1 : 0;
}

}  // namespace sim::container::docker

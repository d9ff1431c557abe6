#include "engine/world/world.h"

#include <new>

#include "engine/world/check.h"

namespace engine {

World::World(const WorldOptions& options)
    : arena_(options.arena),
      trace_(options.trace, options.trace_budget_bytes),
      output_(options.output_budget_bytes),
      choice_log_(options.choice_budget_bytes) {
  next_world_ = t_here.worlds;
  t_here.worlds = this;
  void* root = arena_.allocate(sizeof(WorldState));
  arena_.set_root(root);
  new (root) WorldState(options.seed);
}

World::~World() {
  ENGINE_CHECK(t_here.world != this);
  World** link = &t_here.worlds;
  while (*link != this) link = &(*link)->next_world_;
  *link = next_world_;
}

World* World::owning(const void* address) {
  World* world = t_here.worlds;
  while (world != nullptr && !world->arena_.owns(address)) world = world->next_world_;
  return world;
}

World::Scope::Scope(World& world) : outer_(t_here) {
  t_here.state = static_cast<WorldState*>(world.arena_.root());
  t_here.scheduler = t_here.state->scheduler;
  t_here.arena = &world.arena_;
  t_here.world = &world;
}

World::Scope::~Scope() {
  World* const worlds = t_here.worlds;
  t_here = outer_;
  t_here.worlds = worlds;
}

void close_batch() {
  WorldState& w = here();
  const World& world = *t_here.world;
  {
    const OutsideScope outside;
    world.record_batch();
  }
  w.history.close_batch(w.step, w.now);
}

void World::record_batch() const {
  const History& history = state().history;
  if (!trace_.on()) return;
  const uint64_t first = history.batch_first();
  trace_.record({first, history.batch(), static_cast<uint32_t>(history.events() - first),
                 history.batch_step(), history.batch_at()});
}

uint32_t choose(ChoiceKind kind, EntityKey entity, uint32_t n) {
  if (n == 1) return 0;
  WorldState& w = here();
  const Choices::Taken taken = w.choices.take(kind, entity, n);
  const auto kind_value = static_cast<uint32_t>(kind);
  const uint64_t event = emit(EventKind::kChoice, kind_value, n, taken.value);
  const uint64_t number = w.choices_taken++;
  if (t_here.world->keeps_history()) {
    World& world = *t_here.world;
    const OutsideScope outside;
    world.choice_log().append(
        number, {{entity.value, taken.ordinal, kind_value, taken.value}, n, w.step, event});
  }
  return taken.value;
}

namespace {

void log_output(uint32_t process, Stream stream, std::string_view text, std::string_view hashed) {
  WorldState& w = here();
  if (w.muted || text.empty()) return;
  emit(EventKind::kOutput, process,
       static_cast<uint32_t>(stream) << 28 | static_cast<uint32_t>(hashed.size()),
       hash_bytes(hashed));
  const auto bytes = static_cast<uint32_t>(text.size());
  const OutputLog::Chunk chunk{w.step, w.output_bytes, bytes, process, stream};
  w.output_bytes += bytes;
  World& world = *t_here.world;
  const OutsideScope outside;
  world.output().append(chunk, text);
}

}  // namespace

void emit_output(uint32_t process, Stream stream, std::string_view text) {
  log_output(process, stream, text, text);
}

void emit_report(uint32_t process, std::string_view text, std::string_view essence) {
  log_output(process, Stream::kStderr, text, essence);
}

}  // namespace engine

/* The account: its headline, form, price, chart and table, each told what it shows. */
import { attempt, pointed, undo, undoable } from "./activity.js";
import { removeSamples } from "./api.js";
import { BalanceChart } from "./balance-chart.js";
import { BalanceForm } from "./balance-form.js";
import { BalanceHeadline } from "./balance-headline.js";
import { useEditing } from "./editing.js";
import { EmptyState } from "./empty-state.js";
import { history, own, rate, samples } from "./history.js";
import { HistoryTable } from "./history-table.js";
import { KeepCard } from "./keep-card.js";
import { pause } from "./pause.js";
import { PriceCard } from "./price-card.js";
import { useRecording } from "./recording.js";
import { SamplesStrip } from "./samples-strip.js";
import { basis, byDay, within } from "./series.js";
import { remembered } from "./storage.js";
import { computed, nextTick, onMounted, reactive, ref } from "./vue.js";

const PARTS = 6;
const ENOUGH = 3; // parts to show the account with: its headline, form and price

export const AccountView = {
  components: {
    ...{ BalanceChart, BalanceForm, BalanceHeadline, EmptyState, HistoryTable, KeepCard },
    ...{ PriceCard, SamplesStrip },
  },
  emits: [
    "open", // a dialog, by name
    "ready", // to be shown
  ],
  setup(props, { emit }) {
    const choices = reactive({
      unit: remembered("unit", "rand"), // or "bitcoin"
      range: remembered("range", "6M"),
      newestFirst: remembered("newest-first", false),
      samples: false, // whether they show beside one's own
    });

    const tracked = computed(() => (own.value.length ? own.value : samples.value)); // no mixture
    const days = computed(() => byDay(tracked.value));
    const ranged = computed(() => within(choices.range, days.value, history.today));
    const compared = computed(() => (own.value.length ? basis(ranged.value, choices.unit) : null));
    const listed = computed(() => (choices.samples ? history.balances : tracked.value));

    /* The parts come one after the other, so that no task is long. */
    const parts = ref(0);
    onMounted(async () => {
      while (parts.value < PARTS) {
        await pause();
        parts.value++;
        await nextTick();
        if (parts.value === ENOUGH) emit("ready");
      }
    });

    /* The strip over the table goes with the samples, so the focus goes to the newest row. */
    async function clearSamples() {
      if (history.pending || !(await attempt(removeSamples, "The samples are gone."))) return;
      if (own.value.length) pointed.value = { id: own.value.at(-1).id, focus: true };
    }
    return {
      ...{ history, own, samples, rate, pointed, undo, undoable },
      ...{ choices, tracked, days, ranged, compared, listed, parts, clearSamples },
      ...{ recording: useRecording(), editing: useEditing() },
    };
  },
  template: /* html */ `
    <div class="grid" :class="{ bare: !tracked.length }">
      <balance-headline v-if="parts > 0" :current="tracked.at(-1)" :basis="compared" :unit="choices.unit" :rate="rate"
                        :today="history.today">
      </balance-headline>
      <balance-form v-if="parts > 1" :first="!tracked.length" :today="history.today" :rate="rate"
                    :saving="recording.saving" :busy="history.pending" :refused="recording.refused"
                    :recorded="recording.recorded" @record="recording.record">
      </balance-form>
      <price-card v-if="parts > 2" :rate="rate" :since="compared" :today="history.today"></price-card>

      <template v-if="tracked.length">
        <balance-chart v-if="parts > 3" v-model:unit="choices.unit" v-model:range="choices.range"
                       :days="days" :ranged="ranged" :today="history.today">
        </balance-chart>
        <history-table v-if="parts > 4" v-model:newest-first="choices.newestFirst" :entries="listed"
                       :today="history.today" :priced="rate !== null" :pointed="pointed" :edited="editing.id"
                       :edit-error="editing.error" :busy="history.pending" :undoable="undoable?.said"
                       @edit="editing.edit" @leave="editing.leave" @change="editing.change"
                       @remove="editing.remove" @undo="undo(undoable)">
          <samples-strip v-if="samples.length" v-model:shown="choices.samples" :samples="samples.length"
                         :own="own.length" @remove="clearSamples">
          </samples-strip>
        </history-table>
        <keep-card v-if="parts > 5" :own="own.length" @import="$emit('open', 'import')" @key="$emit('open', 'key')"
                   @fresh="$emit('open', 'fresh')">
        </keep-card>
      </template>
      <empty-state v-else :undoable="undoable?.said" @import="$emit('open', 'import')" @key="$emit('open', 'use-key')"
                   @undo="undo(undoable)">
      </empty-state>
    </div>
  `,
};

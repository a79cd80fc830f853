/* A row of the table: a balance, and what one can do with it. */
import { account } from "./account.js";
import { dayAndMonth, decimal, fullDate, minus, percent, rand, randChange, shortDate, weekday } from "./format.js";
import { computed, onMounted, useTemplateRef, watch } from "./vue.js";

/* "gain" or "loss" by the sign of what is written, else "". */
const kind = (written) => (written[0] === "+" ? "gain" : written[0] === "−" ? "loss" : "");

const WAITING = { record: "waiting to be sent", change: "change to be sent", remove: "deletion to be sent" };

export const TableRow = {
  props: {
    entry: Object,
    previous: Object, // the entry before, null where there is none
    monthAbove: Boolean, // whether a month row tells the year
    now: Boolean, // whether the table has this column
    then: Boolean,
    newest: Boolean,
    open: Boolean, // where the table folds: whether it shows all
    locked: Boolean, // while something else is under way
    highlighted: Object, // where it is: whether to `scroll` to it, to `focus` it
  },
  emits: ["open", "edit", "remove"],
  setup(props) {
    const day = computed(() =>
      props.monthAbove ? dayAndMonth(props.entry.date) : shortDate(props.entry.date, account.today),
    );
    const year = computed(() => props.entry.date.slice(0, 4)); // which no date lacks on paper
    const change = computed(() => {
      if (!props.previous) return { told: "first", kind: "label none" };
      const told = randChange(minus(props.entry.balance, props.previous.balance));
      return { told, kind: props.entry.sample ? "" : kind(told) };
    });
    /* How the price changed since: by the rates, for small amounts of bitcoin are rounded too much. */
    const drift = computed(() => {
      const { rate_then: then } = props.entry;
      if (!then || !account.rate) return { told: "", kind: "" };
      const told = then === account.rate.price ? "same" : percent(then, account.rate.price);
      return { told, kind: kind(told) };
    });
    const name = computed(() => `${rand(props.entry.balance)} of ${fullDate(props.entry.date)}`);

    const row = useTemplateRef("row");
    const edit = useTemplateRef("edit");
    function reach() {
      if (!props.highlighted) return;
      const scrolls = window.getComputedStyle(row.value.closest(".rows")).overflowY === "auto"; // by itself
      if (props.highlighted.scroll || scrolls) row.value.scrollIntoView({ block: "nearest" });
      if (props.highlighted.focus) edit.value.focus({ preventScroll: true });
    }
    onMounted(reach);
    watch(() => props.highlighted, reach, { flush: "post" });
    return { WAITING, decimal, change, day, drift, name, rand, weekday, year };
  },
  template: /* html */ `
    <tr ref="row" class="entry" :class="{ sample: entry.sample, newest, open, highlighted }">
      <th scope="row" class="date">
        <time :datetime="entry.date">{{ day }} <span v-if="!day.endsWith(year)" class="paper">{{ year }}</span></time> <span :class="entry.sample ? 'tag' : 'label'">{{ entry.sample ? "Sample" : weekday(entry.date) }}</span>
        <span v-if="entry.waiting" class="unsent">{{ WAITING[entry.waiting] }}</span>
        <button v-if="entry.id" type="button" class="unfold" :aria-expanded="open" :aria-label="'Change or delete ' + name"
                @click="$emit('open')"></button>
      </th>
      <td class="balance" :class="{ long: entry.balance.length > 12 }">{{ rand(entry.balance) }}</td>
      <td class="change" :class="change.kind">{{ change.told }}</td>
      <td v-if="now" class="now">{{ decimal(entry.btc) }}<span class="unit"> BTC</span></td>
      <td v-if="then" class="then">
        <template v-if="entry.btc_then">
          <span class="word">That day </span>{{ decimal(entry.btc_then) }} <span class="drift label" :class="drift.kind"><span v-if="drift.told" class="word">price </span>{{ drift.told }}</span>
        </template>
        <span v-else class="label none"><span class="word">Bitcoin that day </span>not known</span>
      </td>
      <td class="actions">
        <template v-if="entry.id">
          <button ref="edit" type="button" :aria-disabled="locked" :aria-label="'Edit ' + name" @click="$emit('edit')">
            <svg aria-hidden="true"><use href="#pencil"></use></svg> <span class="word">Edit</span>
          </button>
          <button type="button" :aria-disabled="locked" :aria-label="'Delete ' + name" @click="$emit('remove')">
            <svg aria-hidden="true"><use href="#bin"></use></svg> <span class="word">Delete</span>
          </button>
        </template>
      </td>
    </tr>
  `,
};

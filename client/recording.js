/* Recording a balance, once, whatever becomes of the answer. */
import { pointed, tell, words } from "./activity.js";
import * as api from "./api.js";
import { act, history, own } from "./history.js";
import { reactive, ref, shallowRef, watch } from "./vue.js";

export function useRecording() {
  const saving = ref(false);
  const refused = shallowRef(null); // why the values in the form were not recorded
  const recorded = shallowRef(null); // the values recorded last
  let attempt = {}; // the values being sent, and the key that names them

  function succeed() {
    const { balance, date, key } = attempt;
    attempt = {};
    refused.value = null;
    recorded.value = { balance, date };
    pointed.value = { id: key, scroll: date === history.today };
    const step = { said: `Recorded ${words({ date, balance })}`, call: "remove", id: key };
    tell(step.said, { step });
  }

  /* Send a balance. Sent again after a failure, the same values keep their key. */
  async function record({ balance, date }) {
    if (history.pending) return;
    if (attempt.balance !== balance || attempt.date !== date) {
      attempt = { balance, date, key: api.newKey() };
    }
    const { key } = attempt;
    refused.value = null;
    saving.value = true;
    try {
      const { balances } = await act(() => api.record({ balance, date }, key));
      if (balances.some(({ id }) => id === key)) {
        succeed();
      } else {
        attempt = {};
        const message = "It was recorded, and deleted since. Send it again to record it anew.";
        refused.value = { message, errors: [] };
      }
    } catch (error) {
      refused.value = error;
    }
    saving.value = false;
  }

  /* Once the server answers again, it tells what became of a balance whose answer was lost. */
  watch(
    () => history.answers,
    () => {
      if (!refused.value?.lost) return;
      const note = "Not recorded yet: send it again.";
      if (own.value.some(({ id }) => id === attempt.key)) succeed();
      else if (!refused.value.note) refused.value = { message: "", note, lost: true, errors: [] };
    },
  );

  return reactive({ saving, refused, recorded, record });
}

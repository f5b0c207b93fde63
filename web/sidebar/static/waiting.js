// Waits for a customer's first words, then opens the conversation.
const { customer } = document.getElementById("waiting").dataset;
const TRY_AGAIN = 3000;

function wait() {
  const source = new EventSource(`/sidebar/waiting?customer=${encodeURIComponent(customer)}`);
  source.addEventListener("found", (event) => {
    location.replace(`/sidebar/c/${JSON.parse(event.data).conversation_id}`);
  });
  // An answer that is not a stream ends it: signed out, or the server is away. The page says which.
  source.onerror = () => {
    if (source.readyState === EventSource.CLOSED) setTimeout(() => location.reload(), TRY_AGAIN);
  };
}

wait();

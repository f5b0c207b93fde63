// Sends what the rep did; answers null when it went well, else words that say what to do.
export const GONE = "情况变了，这条已经收起";
const SORRY = {
  401: "登录过期了，请重新打开侧边栏",
  404: GONE,
  409: "这条已经处理过了",
  413: "内容太长了，请删短一些",
  422: "内容太长或者是空的",
};

export async function post(path, body = {}) {
  try {
    const answer = await fetch(path, {
      method: "POST",
      headers: { "Content-Type": "application/json", "X-Wenzhen": "1" },
      body: JSON.stringify(body),
      signal: AbortSignal.timeout(10_000),
    });
    if (answer.ok) return null;
    return SORRY[answer.status] ?? "没有成功，请再试一次";
  } catch {
    return "网络不通，请再试一次";
  }
}

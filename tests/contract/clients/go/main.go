// Uses the client of OpenAPI Generator, and prints what the service answered.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"log"
	"os"

	"stackrank"
)

type row []any

var (
	key    = os.Getenv("STACKRANK_KEY")
	ctx    = context.WithValue(context.Background(), stackrank.ContextAccessToken, key)
	client *stackrank.APIClient
)

func main() {
	configuration := stackrank.NewConfiguration()
	configuration.Servers = stackrank.ServerConfigurations{{URL: os.Args[1]}}
	client = stackrank.NewAPIClient(configuration)

	idea := *stackrank.NewScoreRiceItem("idea", *stackrank.NewRiceInputs())
	idea.SetTitle("Not estimated yet")
	idea.Inputs.SetReach(100)
	idea.Inputs.SetEffortNil()

	moscow := stackrank.BucketByMoscowAsBucketBy(stackrank.NewBucketByMoscow("moscow"))
	bucketed := stackrank.NewScoreRiceRequest(projects())
	bucketed.SetBucketBy(moscow)

	told := map[string][]row{}
	for _, item := range rice(stackrank.NewScoreRiceRequest(append(projects(), idea))) {
		told["rice"] = append(told["rice"], row{item.Key, item.Rank.Get(), item.Score.Get()})
		for _, reason := range item.Reasons {
			told["reasons"] = append(told["reasons"], row{reason.Code, reason.Input})
		}
	}
	for _, item := range rice(bucketed) {
		told["buckets"] = append(told["buckets"], row{item.Key, item.Bucket.Get()})
	}
	for _, item := range weighted() {
		weight := item.Explanation.Get().Terms[0].Weight.Get()
		told["weighted"] = append(told["weighted"], row{item.Key, item.Score.Get(), weight})
	}

	answers := map[string]any{"methods": methods(), "refused": refused(), "unknown": unknown()}
	for name, rows := range told {
		answers[name] = rows
	}
	check(json.NewEncoder(os.Stdout).Encode(answers))
}

func projects() []stackrank.ScoreRiceItem {
	return []stackrank.ScoreRiceItem{
		project("one", 450, 3, 100, 2, stackrank.MUST),
		project("two", 2000, 1, 80, 4, stackrank.MUST),
		project("three", 800, 2, 50, 1, stackrank.COULD),
	}
}

func project(
	key string, reach, impact, confidence, effort float64, category stackrank.Category,
) stackrank.ScoreRiceItem {
	inputs := stackrank.NewRiceInputs()
	inputs.SetReach(reach)
	inputs.SetImpact(impact)
	inputs.SetConfidence(confidence)
	inputs.SetEffort(effort)
	inputs.SetCategory(category)
	return *stackrank.NewScoreRiceItem(key, *inputs)
}

func rice(body *stackrank.ScoreRiceRequest) []stackrank.RankedItem {
	ranking, _, err := client.ScoresAPI.ScoreRice(ctx).ScoreRiceRequest(*body).Execute()
	check(err)
	return ranking.Data
}

func weighted() []stackrank.RankedItem {
	risk := stackrank.NewCriterion(1)
	risk.SetDirection("cost")
	options := stackrank.NewWeightedOptions(map[string]stackrank.Criterion{
		"revenue": *stackrank.NewCriterion(3),
		"risk":    *risk,
	})
	options.SetScale(*stackrank.NewScale(0, 10))
	body := stackrank.NewScoreWeightedRequest(
		[]stackrank.ScoreWeightedItem{rated("bold", 8, 2), rated("safe", 4, 0)}, *options)
	ranking, _, err := client.ScoresAPI.ScoreWeighted(ctx).ScoreWeightedRequest(*body).Execute()
	check(err)
	return ranking.Data
}

func rated(key string, revenue, risk float64) stackrank.ScoreWeightedItem {
	inputs := stackrank.NewWeightedInputs()
	inputs.SetCriteria(map[string]*float64{"revenue": &revenue, "risk": &risk})
	return *stackrank.NewScoreWeightedItem(key, *inputs)
}

func methods() []string {
	listed, _, err := client.MethodsAPI.ListMethods(ctx).Execute()
	check(err)
	names := []string{}
	for _, method := range listed.Data {
		names = append(names, method.Name)
	}
	return names
}

func refused() row {
	items := append(projects()[:1], project("wrong", 1, 1, 100, -1, stackrank.WONT))
	body := stackrank.NewScoreRiceRequest(items)
	_, _, err := client.ScoresAPI.ScoreRice(ctx).ScoreRiceRequest(*body).Execute()
	told := problem(err)
	return row{told.Status, told.Errors[0].Pointer, told.Errors[0].ItemKey}
}

func unknown() row {
	_, _, err := client.MethodsAPI.GetMethod(ctx, "coin_toss").Execute()
	told := problem(err)
	return row{told.Status, told.Type}
}

func problem(err error) stackrank.Problem {
	var refusal *stackrank.GenericOpenAPIError
	if !errors.As(err, &refusal) {
		log.Fatalf("no refusal: %v", err)
	}
	return refusal.Model().(stackrank.Problem)
}

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}
